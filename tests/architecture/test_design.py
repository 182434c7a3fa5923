"""The design as tests, part one: what can be seen in the files. Every check is shown a broken tree, too."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.architecture import checks

ROOT: Final = Path(__file__).parents[2]
TOOLS: Final = Path(sys.executable).parent
PACKAGES: Final = ("core", "accounts", "budget", "vouchers", "approvals", "exports")

LONG_FUNCTION: Final = "def far():\n" + "    x = 1\n" * 40
HOST: Final = ".".join(("pypi", "org"))

BROKEN: Final[tuple[tuple[checks.Check, str, str], ...]] = (
    (checks.long_files, "core/long.py", "X = 1\n" * 301),
    (checks.long_functions, "core/long.py", LONG_FUNCTION),
    (checks.long_functions, "tests/core/test_long.py", LONG_FUNCTION),
    (checks.vague_names, "core/date_utils.py", ""),
    (checks.vague_names, "budget/common/rules.py", ""),
    (checks.private_layers, "approvals/reviews/actions.py", "from budget.plans import actions\n"),
    (checks.private_layers, "approvals/reviews/actions.py", "from budget.plans.actions import save_plan\n"),
    (checks.private_layers, "core/web.py", "import accounts.signin.views\n"),
    (checks.private_layers, "budget/plans/views.py", "from ..windows.forms import WindowForm\n"),
    (checks.stray_commits, "budget/plans/actions.py", "session().commit()\n"),
    (checks.stray_commits, "core/jobs.py", "db.session.commit()\n"),
    (checks.silent_writes, "budget/plans/store.py", "SQL = 'INSERT OR IGNORE INTO plan VALUES (1)'\n"),
    (checks.silent_writes, "budget/plans/store.py", "add.prefix_with('OR REPLACE')\n"),
    (checks.silent_writes, "budget/plans/store.py", "SQL = f'replace into {name}'\n"),
    (checks.built_sql, "budget/plans/store.py", "from sqlalchemy import text\ntext(f'SELECT {name}')\n"),
    (checks.built_sql, "budget/plans/store.py", "from sqlalchemy import text\ntext('SELECT %s' % name)\n"),
    (checks.built_sql, "budget/plans/store.py", "import sqlalchemy\nsqlalchemy.text('SELECT {}'.format(name))\n"),
    (checks.built_sql, "budget/plans/store.py", "session().execute('SELECT ' + name)\n"),
    (checks.built_sql, "budget/plans/store.py", "work.connection().exec_driver_sql('SELECT {}'.format(name))\n"),
    (checks.inexact_amounts, "budget/plans/rules.py", "share = float(amount)\n"),
    (checks.inexact_amounts, "budget/plans/rules.py", "share = round(amount / 3)\n"),
    (checks.inexact_amounts, "templates/plan.html", "{{ amount | round(2) }}\n"),
    (checks.other_clocks, "budget/windows/store.py", "import datetime\nnow = datetime.datetime.now()\n"),
    (checks.other_clocks, "budget/windows/store.py", "from datetime import datetime\nnow = datetime.utcnow()\n"),
    (checks.other_clocks, "budget/windows/store.py", "from datetime import date\nday = date.today()\n"),
    (checks.stray_downloads, "exports/ledgers/views.py", "import flask\nflask.send_file('a')\n"),
    (checks.stray_downloads, "exports/ledgers/views.py", "send_from_directory('a', 'b')\n"),
    (checks.raw_html, "core/page.py", "from markupsafe import Markup\nbold = Markup('<b>')\n"),
    (checks.raw_html, "templates/plan.html", "{{ note |safe }}\n"),
    (checks.raw_html, "templates/plan.html", "{% autoescape false %}\n"),
    (checks.outbound_calls, "exports/exchange/actions.py", "import requests\n"),
    (checks.outbound_calls, "approvals/proof/mailing.py", "import smtplib\n"),
    (checks.outbound_calls, "accounts/outbox/sending.py", "from http.client import HTTPSConnection\n"),
    (checks.outbound_calls, "exports/exchange/actions.py", "from urllib import request\n"),
    (checks.outbound_calls, "exports/exchange/actions.py", "from urllib.request import urlopen\n"),
    (checks.named_places, "run", f"pip install --index-url https://{HOST}/simple\n"),
    (checks.named_places, "docs/start.md", "cd " + "/".join(("", "work", "main")) + "\n"),
    (checks.named_places, "requirements.txt", "--index-url https://mirror.example\n"),
    (checks.bare_silencings, "tests/core/test_a.py", "print(1)  # noqa: T201\n"),
    (checks.bare_silencings, "core/a.py", "import os, sys  # noqa: E401, F401 \n"),
    (checks.bare_silencings, "core/a.py", "import os  # noqa\n"),
)

ALLOWED: Final[tuple[tuple[checks.Check, str, str], ...]] = (
    (checks.long_files, "core/long.py", "X = 1\n" * 300),
    (checks.long_functions, "core/long.py", "def far():\n" + "    x = 1\n" * 39),
    (checks.private_layers, "app.py", "from budget.plans import actions\n"),
    (checks.private_layers, "budget/plans/views.py", "from budget.plans import actions, forms\n"),
    (checks.private_layers, "approvals/reviews/actions.py", "from budget.plans import rules, store\n"),
    (checks.stray_commits, "core/db.py", "work.commit()\n"),
    (checks.silent_writes, "core/db.py", '"""Why OR REPLACE is never used."""\n'),
    (checks.built_sql, "core/blobs.py", "from sqlalchemy import text\ntext('SELECT 1')\ntext(LATEST)\n"),
    (checks.built_sql, "exports/ledgers/sheet.py", "text(cell)\nsession().execute(select(Plan.id + 1))\n"),
    (checks.other_clocks, "core/clock.py", "moment = datetime.now(UTC)\n"),
    (checks.other_clocks, "budget/plans/actions.py", "moment = clock.now()\n"),
    (checks.outbound_calls, "core/web.py", "from urllib.parse import urlsplit\n"),
    (checks.outbound_calls, "core/mail.py", "import smtplib\n"),
    (checks.outbound_calls, "core/webhooks.py", "from http.client import HTTPSConnection\n"),
    (checks.named_places, "docs/start.md", "the working folder, any mirror\n"),
    (checks.bare_silencings, "core/a.py", "print(1)  # noqa: T201  the figures of a run\n"),
)

CONTRACTS: Final = (
    ("features", "core/errors.py", "import exports\n"),
    ("budget", "budget/codes/__init__.py", "import budget.ledger\n"),
    ("accounts", "accounts/units/__init__.py", "import accounts.signin\n"),
    ("approvals", "approvals/chains/__init__.py", "import approvals.reviews\n"),
    ("exports", "exports/documents/__init__.py", "import exports.ledgers\n"),
    ("core", "core/money.py", "import core.web\n"),
    ("rules", "budget/codes/rules.py", "import sqlalchemy\n"),
    ("rules", "budget/ledger/rules.py", "import core.db\n"),
    ("layers", "budget/plans/rules.py", "import budget.plans.views\n"),
)


@pytest.mark.parametrize("check", checks.ALL, ids=lambda check: check.__name__)
def test_the_tree_keeps(check: checks.Check) -> None:
    assert check(ROOT) == []


@pytest.mark.parametrize(("check", "path", "text"), BROKEN, ids=lambda value: getattr(value, "__name__", None))
def test_is_found(check: checks.Check, path: str, text: str, tmp_path: Path) -> None:
    write(tmp_path, path, text)
    assert [finding.split(":")[0].split(" ")[0] for finding in check(tmp_path)] == [path]


@pytest.mark.parametrize(("check", "path", "text"), ALLOWED, ids=lambda value: getattr(value, "__name__", None))
def test_is_allowed(check: checks.Check, path: str, text: str, tmp_path: Path) -> None:
    write(tmp_path, path, text)
    assert check(tmp_path) == []


def test_every_check_is_shown_a_broken_tree() -> None:
    assert {check for check, _, _ in BROKEN} == set(checks.ALL)


def test_imports_keep_the_contracts() -> None:
    kept = tool(ROOT, "lint-imports", "--no-logo", "--no-cache")
    assert kept.returncode == 0, kept.stdout


@pytest.mark.parametrize(("contract", "path", "text"), CONTRACTS, ids=[name for name, _, _ in CONTRACTS])
def test_a_wrong_import_breaks_its_contract(contract: str, path: str, text: str, tmp_path: Path) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    write(tmp_path, "budget/plans/views.py", "")
    write(tmp_path, path, text)
    broken = tool(tmp_path, "lint-imports", "--no-logo", "--no-cache", "--contract", contract)
    assert broken.returncode == 1, broken.stdout
    assert "0 kept, 1 broken" in broken.stdout


def test_functions_are_simple() -> None:
    simple = tool(ROOT, "ruff", "check", "--no-cache", "--select", "C901")
    assert simple.returncode == 0, simple.stdout


def test_a_knotted_function_is_found(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    write(tmp_path, "core/knot.py", "def knot(x):\n" + "".join(f"    if x == {n}:\n        x = 0\n" for n in range(8)))
    knotted = tool(tmp_path, "ruff", "check", "--no-cache", "--select", "C901")
    assert knotted.returncode == 1
    assert "too complex (9 > 8)" in knotted.stdout


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")


def tool(folder: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TOOLS / name, *arguments], cwd=folder, capture_output=True, text=True, check=False, encoding="utf-8"
    )
