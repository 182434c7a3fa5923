"""Direct money is known by its flag, or where none is given, by its name; a rehearsed step tells what it sets."""

from __future__ import annotations

from accounts.people.rules import Role
from approvals.chains.drafts import StepDraft
from approvals.chains.rules import AmountField, StepScope
from approvals.rehearsal import rules as rehearsal
from budget.allotments.rules import is_direct


def test_direct_money_is_known_by_its_flag_or_else_its_name() -> None:
    assert is_direct("义务教育", "", {"direct_flag": "01"})
    assert not is_direct("直达资金", "", {"direct_flag": "09"})
    assert is_direct("直达资金", "", {})


def test_a_rehearsed_step_tells_what_it_sets() -> None:
    draft = StepDraft("国库复审", Role.TREASURY_REVIEWER, StepScope.BUREAU, AmountField.APPROVED)
    assert rehearsal.Station(1, draft).amount_field is AmountField.APPROVED
