"""Every page of the house, and who of the cast opens it with the things of which story."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from flask import Flask

from accounts.signin.guard import PUBLIC
from tests.doors import doors

VISITOR: Final = ""


@dataclass(frozen=True)
class Room:
    """A page as one person opens it: with the things of which story, and what is asked behind its address."""

    who: str
    story: str = ""
    query: str = ""


# What answers to GET and is no page by itself, and why.
NO_PAGES: Final = {
    "documents.approval": "PDF",
    "documents.demand": "PDF",
    "health": "JSON for machines",
    "home": "leads to reviews.home",
    "house.job": "JSON for a script",
    "papers.original": "the uploaded file itself",
    "papers.beside_page": "an image, shown in papers.beside",
    "papers.page": "an image, shown in papers.viewer",
    "papers.words": "words for the script of papers.viewer to search",
    "proof.program": "a program to download",
    "receipts.paper": "PDF",
    "reviews.act_batch_people": "a fragment, shown in reviews.act_batch",
    "reviews.people": "a fragment, shown in reviews.consult_form and reviews.hand_over_form",
    "seal_sheets.sheet": "PDF",
    "signin.code": "asked by a POST alone, shown after signin.sign_in",
    "static": "styles, scripts and images",
}

# Every page; some as they look at more than one point of a plan's life.
PAGES: Final[dict[str, tuple[Room, ...]]] = {
    "allotments.import_file": (Room("xi"),),
    "allotments.index": (Room("lin"),),
    "allotments.preview": (Room("xi", "allotments"),),
    "allotments.show": (Room("lin"),),
    "calendar.index": (Room("xi"),),
    "chains.edit": (Room("xi", "drawn_up"),),
    "chains.index": (Room("xi"),),
    "chains.publish": (Room("xi", "drawn_up"),),
    "chains.show": (Room("xi"),),
    "codes.import_file": (Room("xi"),),
    "codes.index": (Room("xi"),),
    "codes.preview": (Room("xi", "codes"),),
    "codes.show": (Room("xi"),),
    "delegations.add": (Room("shen"),),
    "delegations.index": (Room("shen"),),
    "desks.leaver": (Room("an", "leaver"),),
    "desks.leavers": (Room("an"),),
    "desks.unmanned": (Room("xi"),),
    "documents.print_view": (Room("fang", "approved"),),
    "dynamic_codes.own": (Room("lin"),),
    "dynamic_codes.people": (Room("an"),),
    "habits.index": (Room("shen"),),
    "habits.lines": (Room("shen", query="unit={unit_id}&office={office_id}&words=补发票"),),
    "habits.panel": (Room("lin", "returned"),),
    "house.history": (Room("shi"),),
    "house.job_list": (Room("xi"),),
    "house.notice_list": (Room("shen"),),
    "lapses.index": (Room("shen"),),
    "ledgers.index": (Room("fang"),),
    "limits.index": (Room("luo"),),
    "moves.move": (Room("lin", "draft"),),
    "outbox.add_robot": (Room("xi"),),
    "outbox.edit_robot": (Room("xi"),),
    "outbox.robots": (Room("xi"),),
    "outbox.way": (Room("lin"),),
    "papers.add": (Room("xi"),),
    "papers.choose": (Room("lin", "draft"),),
    "papers.beside": (Room("shen", "repeated"),),
    "papers.edit": (Room("xi"),),
    "papers.line_viewer": (Room("shen", "waiting"),),
    "papers.matrix": (Room("lin", "draft"), Room("shen", "waiting")),
    "papers.panel": (Room("lin", "draft"),),
    "papers.requirements": (Room("xi"),),
    "papers.reuse": (Room("shen", "repeated"),),
    "papers.reuses": (Room("shen", "repeated"),),
    "papers.viewer": (Room("shen", "waiting"),),
    "payments.import_file": (Room("fang"),),
    "payments.index": (Room("fang"),),
    "payments.preview": (Room("fang", "payments"),),
    "payments.show_differences": (Room("fang"), Room("fang", query="all=1")),
    "people.add": (Room("xi"),),
    "people.edit": (Room("xi"),),
    "people.end_post": (Room("an"),),
    "people.grant_post": (Room("an"),),
    "people.index": (Room("xi"),),
    "people.merge_unit": (Room("xi"),),
    "people.posts": (Room("an"),),
    "permits.grant": (Room("fang"),),
    "permits.index": (Room("fang"),),
    "permits.revoke": (Room("fang"),),
    "plans.edit": (Room("lin", "draft"), Room("lin", "returned")),
    "plans.index": (Room("lin"),),
    "plans.start": (Room("lin"), Room("shen")),
    "proof.seals": (Room("shi"),),
    "receipts.index": (Room("lin", "approved"),),
    "reconciliation.index": (Room("shi"),),
    "reductions.minus": (Room("lin", "reduction"),),
    "register.add": (Room("lin"),),
    "register.edit": (Room("lin", "draft"),),
    "register.index": (Room("lin"), Room("fang")),
    "register.nodes": (Room("lin", "contract"),),
    "register.show": (Room("lin", "draft"), Room("shen", "waiting"), Room("lin", "contract")),
    "rehearsal.preview": (Room("xi", "drawn_up"),),
    "rehearsal.rehearse": (Room("xi", "drawn_up"),),
    "reviews.act_batch": (
        Room("shen", "waiting", "act=suspend&task={task_id}"),
        Room("shen", "waiting", "act=hand_over&task={task_id}"),
        Room("fang", "treasury", "act=send_back&task={task_id}"),
    ),
    "reviews.asked": (Room("qin", "consulted"),),
    "reviews.batch": (Room("shen", "waiting", "task={task_id}"),),
    "reviews.cancel_form": (Room("luo", "approved"),),
    "reviews.check": (Room("lin", "draft"), Room("lin", "bare")),
    "reviews.consult_form": (Room("shen", "waiting"),),
    "reviews.desk": (Room("shen", "waiting"), Room("shen", "consulted")),
    "reviews.hand_over_form": (Room("shen", "waiting"),),
    "reviews.home": (Room("lin"), Room("shen"), Room("xi")),
    "reviews.line_history": (Room("shen", "waiting"),),
    "reviews.object_form": (Room("lin", "entered"),),
    "reviews.phone": (Room("shen"),),
    "reviews.phone_desk": (Room("shen", "waiting"),),
    "reviews.queue": (Room("shen", query="all=1"), Room("shen", query="done=1")),
    "reviews.resume_form": (Room("shen", "held"),),
    "reviews.seen": (Room("shi", "approved"),),
    "reviews.send_back_form": (Room("fang", "treasury"),),
    "reviews.show": (Room("lin", "draft"), Room("lin", "returned"), Room("lin", "approved"), Room("shen", "consulted")),
    "reviews.states": (Room("lin"),),
    "reviews.suspend_form": (Room("shen", "waiting"),),
    "reviews.view_list": (Room("shen"),),
    "reviews.void_form": (Room("lin", "returned"),),
    "signin.change_password": (Room("lin"),),
    "signin.sign_in": (Room(VISITOR),),
    "units.edit": (Room("xi"),),
    "units.import_file": (Room("xi"),),
    "units.index": (Room("xi"),),
    "units.preview": (Room("xi", "units"),),
    "windows.add_department": (Room("xi"),),
    "windows.index": (Room("xi"),),
    "windows.make": (Room("xi"),),
    "windows.rule": (Room("xi"),),
    "windows.save": (Room("xi"),),
    "words.bureau": (Room("xi"),),
    "words.own": (Room("shen"),),
    "words.reasons": (Room("xi"),),
    "years.index": (Room("luo"),),
}


def endpoints(app: Flask) -> set[str]:
    """Whatever answers to GET, from the application's own map."""
    return {*PUBLIC} | {door.endpoint for door in doors(app) if door.method == "GET"}


def rooms_of(*people: str) -> Iterator[tuple[str, Room]]:
    """The rooms that these people open."""
    for endpoint, rooms in PAGES.items():
        yield from ((endpoint, room) for room in rooms if room.who in people)
