"""A clerk of the crowd: begins, saves, proves, submits, withdraws, takes back, objects, prints and makes void."""

from __future__ import annotations

import html
import random
import re
import time
from collections import deque
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

from tests.approvals.stories import PNG
from tests.proven.crowd import Purse, Someone, plan_in

_VERSION: Final = re.compile(r'name="version"[^>]*value="(\d+)"')
_ROW: Final = re.compile(r'<tr id="row-.*?</tr>', re.DOTALL)
_CELL: Final = re.compile(r'name="(line_id|allotment|applied)"[^>]*?value="([^"]*)"')
_COLUMNS: Final = ("line_id", "allotment", "applied", "purpose", "pay_date", "payee", "note", "month")
_SOURCE: Final = re.compile(r'<tr data-balance="([0-9.]+)".*?name="source" value="(\d+)"', re.DOTALL)


class Clerk(Someone):
    """Two clerks of one unit share its plans, so that they come into each other's way."""

    def __init__(self, port: int, username: str, dice: random.Random, purse: Purse) -> None:
        super().__init__(port, username, dice)
        self.purse = purse

    def act(self) -> None:
        """One of the things that a clerk does, mostly submitting."""
        plans = self._known()
        acts: Sequence[tuple[Callable[[str], None], int]] = (
            (self._begin, 6), (self._save, 3), (self._submit, 10), (self._withdraw, 2), (self._look, 3),
            (self._upload, 3), (self._print, 1), (self._take_back, 3), (self._void, 1),
        )  # fmt: skip
        act = self.dice.choices([one for one, _ in acts], [weight for _, weight in acts])[0]
        recent = list(plans)[-12:]
        if not recent:
            act = self._begin
        act(self.dice.choice(recent) if recent else "")

    def _known(self) -> deque[str]:
        return self.log.plans.setdefault(str(self.purse.unit), deque(maxlen=200))

    def _started(self, **fields: object) -> str:
        sent = {"unit": self.purse.unit, "month": "2026-12", **fields}
        answer = self.call("start", "", lambda: self.browser.post("/plans/new", **sent))
        return plan_in(answer.location) if answer.status == 302 else ""

    def _begin(self, _: str) -> None:
        plan = self._started()
        if plan:
            self._save(plan)
            self._known().append(plan)

    def _save(self, plan: str) -> None:
        page = self.read(f"/plans/{plan}/edit", plan)
        version = _VERSION.search(page.text)
        if not version:
            return
        rows = [dict(_CELL.findall(row)) | {"open": "readonly" not in row} for row in _ROW.findall(page.text)]
        kept = [row for row in rows if str(row.get("line_id", "")).isdigit()] or [self._new_line() for _ in range(2)]
        fields = {name: [html.unescape(str(row.get(name, ""))) for row in kept] for name in _COLUMNS}
        fields["purpose"] = ["教学用款" for _ in kept]
        fields["applied"] = [str(self._amount(row)) for row in kept]
        sent = {"version": version[1], "contact_phone": "", "remark": "", **fields}
        self.call("save", plan, lambda: self.browser.post(f"/plans/{plan}/edit", **sent))

    def _new_line(self) -> dict[str, object]:
        label, _ = self.dice.choice(self.purse.labels)
        return {"line_id": "", "allotment": html.escape(label), "open": True}

    def _amount(self, row: dict[str, object]) -> object:
        if not row["open"]:
            return str(row["applied"])
        largest = dict(self.purse.labels).get(html.unescape(str(row["allotment"])), 100)
        return self.dice.randint(max(1, largest // 8), largest)

    def _submit(self, plan: str) -> None:
        page = self.read(f"/plans/{plan}/check", plan)
        version = _VERSION.search(page.text)
        if version:
            self.call("submit", plan, lambda: self.browser.post(f"/plans/{plan}/submit", version=version[1]))

    def _withdraw(self, plan: str) -> None:
        self.call("withdraw", plan, lambda: self.browser.post(f"/plans/{plan}/withdraw"))

    def _void(self, plan: str) -> None:
        page, mark = self.read(f"/plans/{plan}", plan), self.log.mark()
        if f"/plans/{plan}/void" in page.text:
            self.call("void", plan, lambda: self.browser.post(f"/plans/{plan}/void", reason=f"{mark}不再使用"), mark)

    def _take_back(self, _: str) -> None:
        """A reduction of lines that others reduce, pay and cancel: of the first few that can be reduced."""
        plan = self._started(kind="reduction", reason="项目结余不再使用")
        if not plan:
            return
        page = self.read(f"/plans/{plan}/minus", plan)
        version, sources = _VERSION.search(page.text), _SOURCE.findall(page.text)[:6]
        if not version or not sources:
            return
        chosen = self.dice.sample(sources, min(2, len(sources)))
        sent = {
            "version": version[1], "reason": "项目结余不再使用", "source": [line for _, line in chosen],
            "amount": [f"{max(0.01, float(left) * self.dice.choice((0.3, 0.6, 1))):.2f}" for left, _ in chosen],
            "purpose": ["" for _ in chosen],
        }  # fmt: skip
        answer = self.call("reduce", plan, lambda: self.browser.post(f"/plans/{plan}/minus", **sent))
        if answer.status == 302:
            self._known().append(plan)
            self._submit(plan)

    def _upload(self, plan: str) -> None:
        page = self.read(f"/plans/{plan}/edit", plan)
        lines = re.findall(r'name="line_id" value="(\d+)"', page.text)
        if lines:
            data = PNG + f"{self.dice.random()} {time.time()}".encode()
            mark = sha256(data).hexdigest()
            fields = {"kind": "11", "lines": self.dice.choice(lines)}
            path = f"/plans/{plan}/papers"
            self.call("upload", plan, lambda: self.browser.upload(path, "发票.png", data, **fields), mark)

    def _look(self, plan: str) -> None:
        self.read(self.dice.choice(("/home", "/plans", "/notices", f"/plans/{plan}")), plan)

    def _print(self, plan: str) -> None:
        self.call("print", plan, lambda: self.browser.post(f"/plans/{plan}/documents/demand"))
