"""What is remembered within one piece of work, and how it is forgotten."""

from __future__ import annotations

from core import recall

asked: list[tuple[int, int]] = []


@recall.once
def added(one: int, other: int = 0) -> int:
    asked.append((one, other))
    return one + other


def test_within_a_block_a_question_is_asked_once_works() -> None:
    asked.clear()
    with recall.remembering():
        assert [added(1, 2), added(1, 2), added(1, other=2), added(2)] == [3, 3, 3, 2]
    assert asked == [(1, 2), (1, 2), (2, 0)]


def test_outside_of_a_block_everything_is_read_afresh() -> None:
    asked.clear()
    with recall.remembering():
        added(1)
    added(1)
    added(1)
    recall.tell("thing", "name", 1)
    assert len(asked) == 3
    assert recall.of("thing", "name", lambda: 2) == 2


def test_an_answer_that_was_told_is_not_asked_for() -> None:
    asked.clear()
    with recall.remembering():
        recall.answer(added, 7, 1, 2)
        assert added(1, 2) == 7
    assert asked == []


def test_what_is_known_of_a_thing_holds_for_one_version_of_it() -> None:
    with recall.remembering():
        recall.keep("plan", 1)
        recall.tell("plan", "lines", 20)
        recall.keep("plan", 1)
        assert recall.of("plan", "lines", lambda: 21) == 20
        recall.keep("plan", 2)
        assert recall.of("plan", "lines", lambda: 21) == 21
        recall.forget("plan")
        assert recall.of("plan", "lines", lambda: 22) == 22


def test_blocks_do_not_see_into_each_other() -> None:
    with recall.remembering():
        recall.tell("plan", "lines", 1)
        with recall.remembering():
            assert recall.of("plan", "lines", lambda: 2) == 2
        assert recall.of("plan", "lines", lambda: 3) == 1
