"""The promises about opinions, from the raw tables alone: what stands, who spoke, that no step is missing."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.proven.oracle import DECIDING
from tests.proven.raw import Raw

GOING_ON: Final = ("agree", "cut")
# Nobody has taken it back.
STANDS: Final = "WHERE o.id NOT IN (SELECT opinion_id FROM retraction)"
LIVE: Final = ("in_review", "suspended")
Row = tuple[Any, ...]


@dataclass
class Line:
    """A line of a plan as it stands, and as it was last submitted."""

    id: int
    applied: int
    suggested: int | None
    approved: int | None
    digest: str
    allotment: int
    facts: Mapping[str, Any]

    @property
    def amount(self) -> int:
        """What is on the table."""
        return next(one for one in (self.approved, self.suggested, self.applied) if one is not None)


@dataclass
class Word:
    """What was last said of a line at a step, on which line as it was then."""

    amount: int
    digest: str
    money: tuple[int, int]


@dataclass
class Story:
    """One plan with everything that was said of it."""

    number: str
    state: str
    step: int
    steps: list[Row]
    lines: list[Line]
    resumes: int = 0
    done: dict[int, dict[int, Word]] = field(default_factory=lambda: defaultdict(dict))
    now: dict[int, dict[int, Word]] = field(default_factory=lambda: defaultdict(dict))
    stopped: set[int] = field(default_factory=set)

    def word(self, step: int, line: Line, *, open_too: bool = False) -> Word | None:
        """What stands of the line at the step."""
        found = self.now[step].get(line.id) if open_too else None
        found = found or self.done[step].get(line.id)
        if found is None or found.digest == line.digest:
            return found
        same_money = found.money == (line.allotment, line.applied)
        return found if step < self.resumes and same_money else None


def faults(raw: Raw) -> Iterator[str]:
    """Everything that is not as promised."""
    yield from _separation(raw)
    yield from _desks(raw)
    yield from _digests(raw)
    for story in _stories(raw):
        yield from (f"plan {story.number}: {fault}" for fault in (*_required(story), *_amounts(story)))


def _separation(raw: Raw) -> Iterator[str]:
    """Who made a plan does not decide on it, and nobody decides at two steps, himself or through another."""
    makers = set(raw.rows(
        "SELECT id, author_id FROM plan UNION SELECT plan_id, person_id FROM plan_editor"
        " UNION SELECT plan_id, person_id FROM decision WHERE act = 'submit'"))  # fmt: skip
    steps: dict[tuple[str, int], set[int]] = defaultdict(set)
    for plan, person, behalf, step in raw.rows(
        f"SELECT plan_id, person_id, behalf_id, step_no FROM decision WHERE act IN {DECIDING}"  # noqa: S608  ours
    ):
        for one in {person, behalf or person}:
            steps[plan, one].add(step)
            if (plan, one) in makers:
                yield f"separation: person {one} made plan {plan} and decided on it"
    for (plan, one), at in steps.items():
        if len(at) > 1:
            yield f"separation: person {one} decided on {plan} at steps {at}"


def _desks(raw: Raw) -> Iterator[str]:
    """A plan under review lies at desks of its step only, and whoever is to act there has not spoken yet."""
    spoken = Counter(raw.rows(f"SELECT task_id, person_id FROM opinion o {STANDS} GROUP BY task_id, person_id"))  # noqa: S608  ours
    heads = Counter(task for task, _ in spoken)
    tasks: dict[str, list[Row]] = defaultdict(list)
    for plan, *task in raw.rows("SELECT plan_id, id, step_no, needed, handed_to FROM review_task WHERE state = 'open'"):
        tasks[plan].append(tuple(task))
    for plan, state, step in raw.rows("SELECT id, state, step_no FROM plan"):
        if (state in LIVE) != bool(tasks[plan]) or any(task[1] != step for task in tasks[plan]):
            yield f"desks: plan {plan} is {state} at step {step}, open are {tasks[plan]}"
    for task, _, needed, handed_to in (task for at in tasks.values() for task in at):
        if (task, handed_to) in spoken or (heads[task] >= needed):
            yield f"desks: {task} waits for {handed_to}, {heads[task]} of {needed} have spoken"


def _digests(raw: Raw) -> Iterator[str]:
    """The kept digest of each line is that of the line in the content."""
    kept = {row[:3]: row[3] for row in raw.rows("SELECT plan_id, revision, position, digest FROM revision_line")}
    for plan, revision, content in raw.rows("SELECT plan_id, revision, content FROM plan_revision"):
        for line in json.loads(content)["lines"]:
            bare = {name: value for name, value in line.items() if name != "position"}
            text = json.dumps(bare, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            if kept.get((plan, revision, line["position"])) != hashlib.sha256(text.encode()).hexdigest():
                yield f"digest of line {line['position']} of {plan} in round {revision}"


def _stories(raw: Raw) -> Iterator[Story]:
    steps: dict[int, list[Row]] = defaultdict(list)
    for chain, *step in raw.rows("SELECT chain_id, number, amount_field, condition FROM chain_step ORDER BY number"):
        steps[chain].append(tuple(step))
    lines = _lines(raw)
    stories = {
        plan: Story(number, state, step, steps[chain], lines[plan])
        for plan, number, state, step, chain in raw.rows(
            "SELECT id, number, state, step_no, chain_id FROM plan"
            " WHERE state IN ('in_review', 'suspended', 'approved')"
        )
    }
    for plan, body in raw.rows("SELECT plan_id, body FROM decision WHERE act = 'submit' ORDER BY number"):
        if plan in stories:
            stories[plan].resumes = json.loads(body)["facts"].get("resumes", 0)
    _hear(raw, stories)
    yield from stories.values()


def _lines(raw: Raw) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = defaultdict(list)
    for plan, kind, *values, pro_cat, guaranteed in raw.rows(
        "SELECT p.id, p.kind, l.id, l.applied, l.suggested, l.approved, r.digest, r.allotment_id, a.pro_cat_code,"
        " a.three_guarantee_code FROM plan p JOIN revision_line r ON r.plan_id = p.id AND r.revision = p.revision"
        " JOIN plan_line l ON l.id = r.plan_line_id JOIN allotment a ON a.id = r.allotment_id"
        " WHERE l.removed_in IS NULL ORDER BY r.position"
    ):
        spending = "basic" if pro_cat in ("1", "21") else "project"
        facts = {"kinds": kind, "spending": spending, "guaranteed": guaranteed.startswith("003")}
        found[plan].append(_line(values, facts))
    return found


def _line(values: list[Any], facts: Mapping[str, Any]) -> Line:
    key, applied, suggested, approved, digest, allotment = values
    return Line(key, applied, suggested, approved, digest, allotment, facts)


def _hear(raw: Raw, stories: Mapping[str, Story]) -> None:
    """Opinions in the order in which they were given; a line that anybody at a desk stopped is heard no more there.

    At a desk that is done a line is heard when all have spoken of it who must.
    """
    stopped: set[tuple[str, int]] = set()
    spoken: Counter[tuple[str, int]] = Counter()
    for plan, task, state, needed, step, now, line, verdict, amount, digest, *money in raw.rows(
        "SELECT t.plan_id, t.id, t.state, t.needed, t.step_no, t.revision = p.revision, o.plan_line_id,"  # noqa: S608  ours
        " o.verdict,"
        " o.amount, o.line_digest, r.allotment_id, r.applied FROM opinion o JOIN review_task t ON t.id = o.task_id"
        " JOIN plan p ON p.id = t.plan_id JOIN revision_line r ON r.plan_id = t.plan_id AND r.revision = t.revision"
        f" AND r.plan_line_id = o.plan_line_id {STANDS} AND t.state IN ('open', 'done') ORDER BY o.id"
    ):
        if plan not in stories:
            continue
        words = stories[plan].done if state == "done" else stories[plan].now
        spoken[task, line] += 1
        if verdict not in GOING_ON:
            stopped.add((task, line))
            stories[plan].stopped.update([line] if now else [])
            words[step].pop(line, None)
        elif (task, line) not in stopped and (state == "open" or spoken[task, line] >= needed):
            words[step][line] = Word(amount, digest, (money[0], money[1]))


def _required(story: Story) -> Iterator[str]:
    """No line is approved, or past a step, without the word of that step on what it is now."""
    passed = [step for step in story.steps if story.state == "approved" or step[0] < story.step]
    total = sum(line.amount for line in story.lines)
    for number, _, condition in passed:
        for line in story.lines:
            if _surely_asks(json.loads(condition), line, total) and story.word(number, line) is None:
                yield f"line {line.id} is past step {number} without a word on what it is"


def _surely_asks(asks: Mapping[str, Any], line: Line, total: int) -> bool:
    """Whether the step had to be asked, whatever was cut since: amounts only fall on the way."""
    if asks.get("kinds") and line.facts["kinds"] not in asks["kinds"]:
        return False
    if any(name in asks and asks[name] != line.facts[name] for name in ("spending", "guaranteed")):
        return False
    least = [(asks[name], amount) for name, amount in (
        ("line_from", line.amount), ("plan_from", total), ("rolling_from", line.amount)) if name in asks]  # fmt: skip
    return not least or any(amount >= wanted for wanted, amount in least)


def _amounts(story: Story) -> Iterator[str]:
    """建议数 and 核批数 are the fold of the words that stand."""
    for line in story.lines:
        if line.id in story.stopped and story.state != "approved":
            continue  # until its desk's neighbours have spoken a line that was returned keeps what was said before
        told: dict[str, int] = {}
        for number, sets, _ in story.steps:
            word = story.word(number, line, open_too=True)
            if sets and word is not None:
                told[sets] = word.amount
        stands = told.get("approved", told.get("suggested", line.applied))
        approved = stands if story.state == "approved" else told.get("approved")
        if (line.suggested, line.approved) != (told.get("suggested"), approved):
            yield f"line {line.id} has {line.suggested}, {line.approved}; its opinions say {told}"
