"""How lives begin: short stories that between them lead through every row of the table of states.

A step is an act and the plan of the furnished house that it is done to. Every life of a run begins with one of these
and then goes on at random; so each transition is reached as often as there are lives with its story, with any seed.
"""

from __future__ import annotations

from typing import Final

OPENINGS: Final[dict[str, tuple[str, ...]]] = {
    "withdrawn; cancelled": (
        "submit plain", "withdraw plain", "submit supplement", "approve supplement", "cancel supplement",
    ),
    "withdrawn after a return; reduced": (
        "submit plain", "give_back plain", "correct plain", "withdraw plain", "submit reduction", "approve reduction",
    ),
    "approved at the second attempt; void under review": (
        "submit plain", "give_back plain", "correct plain", "approve plain", "submit wide", "void wide",
    ),
    "cut and approved; a reduction comes back": (
        "submit plain", "agree plain", "cut plain", "approve plain", "submit reduction", "give_back reduction",
    ),
    "put aside and taken up; an objection": (
        "submit plain", "agree plain", "suspend plain", "resume plain", "submit entered", "objection entered",
        "correct entered", "approve entered",
    ),
    "void as draft; two offices approve": (
        "submit plain", "withdraw plain", "void plain", "submit wide", "approve wide",
    ),
    "void while put aside; paid": (
        "submit plain", "suspend plain", "void plain", "submit reduction", "pay source", "approve reduction",
    ),
    "one office returns, the other agrees; adjusted": (
        "submit wide", "agree wide", "give_back wide", "agree wide", "submit adjustment", "approve adjustment",
    ),
    "one office agrees, the other returns; an objection to what is put aside": (
        "submit wide", "agree wide", "agree wide", "give_back wide", "submit entered", "suspend entered",
        "objection entered",
    ),
    "sent back and undone": (
        "submit plain", "agree plain", "agree plain", "send_back plain", "agree plain", "undo plain", "agree plain",
        "approve plain",
    ),
    "asked, answered, handed over, taken back": (
        "submit plain", "agree plain", "agree plain", "consult plain", "answer plain", "hand_over plain",
        "reclaim plain", "hand_over plain", "agree plain", "undo plain", "approve plain",
    ),
    "a line moved out; two offices held by one": (
        "lend wide", "submit wide", "agree wide", "set_aside wide", "agree wide", "approve wide",
    ),
    "all sign; a return and only it asked again": (
        "all_sign plain", "submit plain", "agree plain", "agree plain", "agree plain", "give_back plain",
        "correct plain", "approve plain",
    ),
    "one by one; from the return on": (
        "one_by_one plain", "submit plain", "agree plain", "agree plain", "cut plain", "approve plain",
        "two_sign wide", "submit wide", "agree wide", "agree wide", "give_back wide", "submit wide", "approve wide",
    ),
    "all sign, one by one; words taken back while others are awaited": (
        "all_sign plain", "submit plain", "agree plain", "agree plain", "cut plain", "undo plain", "agree plain",
        "agree plain", "approve plain", "one_by_one wide", "submit wide", "agree wide", "agree wide", "cut wide",
        "undo wide", "cut wide", "agree wide", "approve wide",
    ),
    "by amount; lent": (
        "by_amount wide", "lend wide", "submit wide", "agree wide", "agree wide", "approve wide",
    ),
    "void after a return; paid beforehand": (
        "pay source", "submit wide", "give_back wide", "void wide", "submit plain", "approve plain", "pay plain",
    ),
}  # fmt: skip
