"""The reviewers of the crowd, who turn back too, the treasury that pays, and the approver who takes approvals back."""

from __future__ import annotations

import random
import re
from typing import Final

from tests.budget import paying
from tests.proven.crowd import Someone, plan_in
from tests.proven.servers import Answer

_DIGEST: Final = re.compile(r'name="digest" value="([0-9a-f]{64})"')
_MINE: Final = re.compile(r'name="reason-(\d+)"')
_TASK: Final = re.compile(r'href="/queue/([0-9a-f-]{36})"')
_PLAN: Final = re.compile(r"/plans/[0-9a-f-]{36}")
_LATER: Final = "2026-12-20"


class Reviewer(Someone):
    """Decides on what lies on his desk; now and then he puts a plan aside, sends it back, or takes his act back."""

    def __init__(self, port: int, username: str, dice: random.Random) -> None:
        super().__init__(port, username, dice)
        self.refused: set[str] = set()

    def act(self) -> None:
        """A look at the queue, and up to three of its first plans."""
        if self.dice.random() < 0.1:
            self.export()
        page = self.read("/queue")
        tasks = list(dict.fromkeys(_TASK.findall(page.text)))
        if not tasks:
            self.log.stopped.wait(0.3)
            return
        for task in self.dice.sample(tasks[:6], min(3, len(tasks[:6]))):
            self._at_desk(task)

    def _at_desk(self, task: str) -> None:
        desk = self.read(f"/queue/{task}")
        digest, lines, place = _DIGEST.search(desk.text), _MINE.findall(desk.text), _PLAN.search(desk.text)
        plan = plan_in(place[0]) if place else ""
        if "这份计划已挂起" in desk.text:
            self._aside("resume", task, plan)
        elif digest and lines and self.dice.random() < 0.03:
            self._aside("suspend", task, plan, review_on=_LATER)
        elif digest and self.dice.random() < 0.04:
            self._send_back(task, plan)
        elif digest:  # without lines it is only confirmed what was agreed to before
            self._decide(task, plan, digest[1], lines)

    def _send_back(self, task: str, plan: str) -> None:
        """To one of the earlier steps, if it was worked."""
        mark, step = self.log.mark(), str(self.dice.randint(1, 3))
        words = f"{mark}请再看"
        self.call(
            "send_back", plan, lambda: self.browser.post(f"/queue/{task}/send-back", step=step, words=words), mark
        )

    def _aside(self, act: str, task: str, plan: str, **fields: object) -> None:
        mark = self.log.mark()
        self.call(act, plan, lambda: self.browser.post(f"/queue/{task}/{act}", reason=f"{mark}库款", **fields), mark)

    def _decide(self, task: str, plan: str, digest: str, lines: list[str]) -> None:
        mark = self.log.mark()
        fields: dict[str, object] = {"digest": digest, "comment": mark}
        for line in lines:
            verdict = self.dice.choices(("agree", "return", "cut"), (92, 4, 4))[0]
            if task in self.refused:  # what a rule refuses goes back to the clerk
                verdict = "return"
            fields[f"verdict-{line}"] = verdict
            if verdict != "agree":
                fields[f"reason-{line}"] = "按进度安排"
            if verdict == "cut":
                fields[f"amount-{line}"] = "1.00"
        answer = self.call("decide", plan, lambda: self.browser.post(f"/queue/{task}/decide", **fields), mark)
        if answer.status == 422:
            self.refused.add(task)
        elif answer.status == 302 and self.dice.random() < 0.02:
            self.call("undo", plan, lambda: self.browser.post(f"/queue/{task}/undo"))
        self.decided(plan, answer)

    def decided(self, plan: str, answer: Answer) -> None:
        """What comes after a decision; for most people nothing."""

    def export(self) -> None:
        """Take something home; only the treasury may."""


class Cashier(Reviewer):
    """A reviewer of the treasury, who imports payments too, and takes the ledger home as a workbook."""

    def act(self) -> None:
        """Review, and at times pay."""
        if self.log.approved and self.dice.random() < 0.2:
            self._pay()
        super().act()

    def _pay(self) -> None:
        key = f"{self.username}-{self.dice.getrandbits(60):x}"
        rows = [paying.voucher(f"{key}-{at}", "1.00", at) for at in ("A1", "A4", "B1")]
        data = paying.upload(*rows).data
        sent = self.call(
            "pay", "", lambda: self.browser.upload("/payments/import", "支付.xlsx", data, year="2026"), key
        )
        if sent.status == 302:
            self.read(sent.location)
            self.call("paid", "", lambda: self.browser.post(sent.location), key)

    def export(self) -> None:
        """The ledger as a workbook."""
        self.call("export", "", lambda: self.browser.post("/ledger.xlsx", year="2026"))


class Approver(Reviewer):
    """The last desk: what it approves it cancels at times, while nothing is paid, and it makes void what is filed."""

    def decided(self, plan: str, answer: Answer) -> None:
        """Whoever approves remembers it; any of the approvers may take it back."""
        if answer.status == 302 and plan:
            self.log.approved.append(plan)
        if self.log.approved and self.dice.random() < 0.15:
            self._end("cancel", self.dice.choice(list(self.log.approved)[-8:]))
        elif plan and self.dice.random() < 0.04:
            self._end("void", plan)

    def _end(self, act: str, plan: str) -> None:
        mark = self.log.mark()
        self.call(act, plan, lambda: self.browser.post(f"/plans/{plan}/{act}", reason=f"{mark}有误"), mark)

    def export(self) -> None:
        """The ledger as a workbook."""
        self.call("export", "", lambda: self.browser.post("/ledger.xlsx", year="2026"))
