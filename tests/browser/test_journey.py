"""One story in a real browser: from an empty house to the printed approval, with everybody who has a part in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.journey import deciding, filing, founding, leaving
from tests.browser.journey.stage import empty_house

pytestmark = pytest.mark.browser


def test_from_an_empty_house_to_the_printed_approval(browser: Browser, tmp_path: Path) -> None:
    with empty_house(browser, tmp_path) as journey:
        founding.begin_by_command(journey)
        founding.first_passwords_are_changed(journey)
        founding.load_tables(journey)
        founding.open_window(journey)
        founding.add_people(journey)
        founding.grant_posts(journey)

        filing.fill_by_keyboard_and_pasting(journey)
        filing.prove_by_vouchers(journey)
        filing.submit(journey)
        deciding.unit_agrees(journey)
        deciding.office_cuts_one_and_returns_another(journey)
        filing.correct_and_submit_again(journey)
        deciding.all_agree_to_the_corrected_plan(journey)

        leaving.ledger_is_numbered(journey)
        leaving.workbooks_say_the_same(journey, tmp_path)
        leaving.papers_are_printed(journey)
        leaving.auditor_sees_all_and_changes_nothing(journey)
        leaving.log_administrator_reads_the_history(journey)
