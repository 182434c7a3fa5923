"""People at work, all at once, each signed in and in a thread of his own, and a log of every call."""

from __future__ import annotations

import itertools
import random
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.proven.servers import Answer, Gone, Visitor

_ALERT: Final = re.compile(r'role="alert".*?</(?:div|section)>', re.DOTALL)
_TAGS: Final = re.compile(r"<[^>]+>")
# Acts whose reason or comment bears a mark of their own, by which their decision is found again.
MARKED: Final = frozenset({"decide", "suspend", "resume", "void", "cancel", "object", "send_back"})


@dataclass(frozen=True)
class Call:
    """One request: who asked for what, when, and what came of it. Status 0: the server went away."""

    start: float
    end: float
    who: str
    act: str
    plan: str
    status: int
    mark: str = ""
    said: str = ""

    @property
    def done(self) -> bool:
        """Acknowledged as done."""
        return self.status == 302

    @property
    def asks(self) -> bool:
        """Whether it asked for something to be done; reading is no operation."""
        return not self.act.startswith("GET")


@dataclass
class Log:
    """Every call of everybody, and when so many operations are enough."""

    wanted: int
    seconds: float = 3600.0
    calls: list[Call] = field(default_factory=list)
    operations: list[Call] = field(default_factory=list)
    asking: dict[int, str] = field(default_factory=dict)
    ends: float = 0.0
    stopped: threading.Event = field(default_factory=threading.Event)
    plans: dict[str, deque[str]] = field(default_factory=dict)
    approved: deque[str] = field(default_factory=lambda: deque(maxlen=40))
    marks: Iterator[int] = field(default_factory=itertools.count)
    crashes: list[BaseException] = field(default_factory=list)

    def another_day(self) -> Log:
        """An empty log for the same people: they know their plans, and no mark is ever given twice."""
        return Log(self.wanted, self.seconds, plans=self.plans, approved=self.approved, marks=self.marks)

    def note(self, call: Call) -> None:
        """One more call."""
        self.calls.append(call)
        if call.asks:
            self.operations.append(call)

    def mark(self) -> str:
        """Words that are given once."""
        return f"第{next(self.marks):07d}号"

    def open(self) -> bool:
        """Whether there is still something to do."""
        return not self.stopped.is_set() and len(self.operations) < self.wanted and time.time() < self.ends


@dataclass(frozen=True)
class Purse:
    """What a unit's clerks file on: labels of allotments, with the largest amount in yuan of one line."""

    unit: int
    labels: tuple[tuple[str, int], ...]
    papers: bool = False


class Someone:
    """One signed-in person in a thread of his own; what he does, the kinds of people say."""

    def __init__(self, port: int, username: str, dice: random.Random) -> None:
        self.browser = Visitor(port, username)
        self.username, self.log, self.dice = username, Log(0), dice

    def act(self) -> None:
        """The next thing that this person does."""
        raise NotImplementedError

    def work(self) -> None:
        """Until it is enough; a server that goes away ends the day."""
        try:
            while self.log.open():
                self.act()
        except Gone:
            self.log.stopped.set()
        except BaseException as crash:
            self.log.crashes.append(crash)
            self.log.stopped.set()
        finally:
            self.browser.hang_up()

    def call(self, act: str, plan: str, ask: Callable[[], Answer], mark: str = "") -> Answer:
        """Ask, and note what came of it."""
        start, self.log.asking[id(self)] = time.time(), act
        try:
            answer = ask()
        except Gone:
            self._note(start, act, plan, 0, mark, "")
            raise
        finally:
            self.log.asking.pop(id(self), None)
        if answer.status == 302 and answer.location.startswith("/sign-in"):
            raise AssertionError(f"{self.username} was signed out at {act}")
        said = _said(answer) if answer.status >= 400 else ""
        self._note(start, act, plan or plan_in(answer.location), answer.status, mark, said)
        return answer

    def _note(self, start: float, act: str, plan: str, status: int, mark: str, said: str) -> None:
        self.log.note(Call(start, time.time(), self.username, act, plan.replace("-", ""), status, mark, said))

    def read(self, path: str, plan: str = "") -> Answer:
        """Look at a page."""
        return self.call(f"GET {path.split('/')[1]}", plan, lambda: self.browser.get(path))


def plan_in(location: str) -> str:
    """The plan that an address is about."""
    found = re.search(r"/plans/([0-9a-f-]{36})", location)
    return found[1] if found else ""


def _said(answer: Answer) -> str:
    found = _ALERT.search(answer.text)
    return " ".join(_TAGS.sub(" ", found[0] if found else answer.text[-1500:]).split())[:600]


def set_to_work(people: Sequence[Someone], log: Log) -> list[threading.Thread]:
    """All at once, each in a thread of his own."""
    log.ends = time.time() + log.seconds
    for someone in people:
        someone.log = log
    threads = [threading.Thread(target=someone.work, name=someone.username) for someone in people]
    for thread in threads:
        thread.start()
    return threads


def wait_for(threads: Sequence[threading.Thread], log: Log) -> None:
    """Until all have stopped; a mistake in one of them is raised here."""
    for thread in threads:
        thread.join()
    if log.crashes:
        raise log.crashes[0]
