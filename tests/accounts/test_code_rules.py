"""Which code counts: the standard's own vectors, what people type, and that no half minute counts twice."""

from __future__ import annotations

import base64

import pytest

from accounts.signin import codes
from accounts.signin.rules import (
    CodeFault,
    is_dynamic,
    is_fresh_until,
    judge_step,
    normalised,
    step_at,
    steps_around,
)

# RFC 6238, appendix B (SHA-1), cut to the last six digits.
_SECRET = base64.b32encode(b"12345678901234567890").decode()
_VECTORS = [
    (59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037"),
    (20000000000, "353130"),
]  # fmt: skip


@pytest.mark.parametrize(("second", "code"), _VECTORS)
def test_the_vectors_of_the_standard_work(second: int, code: str) -> None:
    assert codes.matching(_SECRET, code, [step_at(second)]) == [step_at(second)]
    assert codes.matching(_SECRET, code, [step_at(second) + 2]) == []


def test_the_half_minute_before_and_after_are_taken_works() -> None:
    assert steps_around(59) == (0, 1, 2)
    assert steps_around(60) == (1, 2, 3)


@pytest.mark.parametrize(
    "typed",
    [
        "287082",
        " 287 082 ",
        "287\u3000082",
        "２８７０８２",
        "287-082",
        "2 8 7 0 8 2\n",
        "\u200b287082",
        "２８７　０８２",
    ],
)
def test_whatever_keyboard_it_came_from_it_is_the_same_code(typed: str) -> None:
    assert normalised(typed) == "287082"
    assert is_dynamic(normalised(typed))


@pytest.mark.parametrize("typed", ["28708", "2870822", "28708a", "", "٢٨٧٠٨٢", "K7MV-D3WT-X9PH-C4NQ"])
def test_what_is_no_dynamic_code_is_none(typed: str) -> None:
    assert not is_dynamic(normalised(typed))


def test_a_recovery_code_is_read_whatever_its_case() -> None:
    assert normalised("k7mv d3wt－x9ph-c4nq") == normalised("K7MV-D3WT-X9PH-C4NQ") == "K7MVD3WTX9PHC4NQ"


def test_a_half_minute_that_was_not_used_counts() -> None:
    assert judge_step([7], 6) == 7
    assert judge_step([9, 7], 6) == 7  # the same six digits twice by chance: the earlier one is used up
    assert judge_step([9, 7], 7) == 9


@pytest.mark.parametrize("last", [7, 8])
def test_none_up_to_the_last_used_one_counts_again(last: int) -> None:
    assert judge_step([7], last) is CodeFault.USED


def test_a_code_of_no_half_minute_is_wrong() -> None:
    assert judge_step([], 0) is CodeFault.WRONG


def test_every_fault_is_a_sentence_for_both_readers() -> None:
    assert all(fault.said.endswith("。") and fault.noted for fault in CodeFault)


def test_what_was_given_counts_for_a_while_only() -> None:
    assert [is_fresh_until(100, now) for now in (99, 100, 399, 400)] == [False, True, True, False]
    assert [is_fresh_until(100, now, 600) for now in (399, 699, 700)] == [True, True, False]


def test_a_secret_follows_from_the_key_the_person_and_the_salt() -> None:
    secret = codes.secret_of("key", 1, "salt")
    assert len(base64.b32decode(secret)) == 20
    others = {codes.secret_of(*one) for one in (("KEY", 1, "salt"), ("key", 2, "salt"), ("key", 1, "Salt"))}
    assert len({secret, *others}) == 4
    assert codes.key_mark("key") != codes.key_mark("KEY")
    assert codes.in_groups("ABCDEFGHIJ") == "ABCD EFGH IJ"


def test_recovery_codes_differ_and_cannot_be_guessed() -> None:
    fresh = codes.new_recovery_codes()
    assert len(set(fresh)) == 8
    assert {len(normalised(one)) for one in fresh} == {16}
    assert len({codes.hash_of_recovery(person, "X") for person in (1, 2)}) == 2
