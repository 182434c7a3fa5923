"""Hostile statements on plans, decisions, lines and balances: for each guard one that only this guard refuses."""

# ruff: noqa: S608  statements of our own names, hostile on purpose

from __future__ import annotations

from typing import Final
from uuid import uuid4

from tests.proven.statements import (
    Attack,
    Plot,
    approving,
    cancelled,
    decide,
    entry,
    freeze,
    money,
    move,
    new_line,
    posted,
    red,
    set_line,
    set_plan,
    submitting,
    too_much,
    withdrawn,
)

GUARDED: Final[dict[str, Plot]] = {
    "posting_names_its_line": lambda h, _: Attack(
        move("release", h.review.amount, h.review.line, h.review.other_allotment, h.review.revision), withdrawn(h)
    ),
    "posting_is_possible": lambda h, _: Attack(move("grant", 10**14 + 1, "NULL", h.draft.allotment, 0)),
    "hold_is_decided": lambda h, _: Attack(move("hold", h.draft.amount, h.draft.line, h.draft.allotment, 1)),
    "release_is_decided": lambda h, _: Attack(money("release", h.review)),
    "post_is_decided": lambda h, _: Attack(
        money("post", h.review), (set_line(h.review, "suggested = applied, approved = applied"),)
    ),
    "hold_is_resolved_once": lambda h, _: Attack(money("release", h.review, more=1), withdrawn(h)),
    "reverse_is_decided": lambda h, _: Attack(money("reverse", h.approved)),
    "reverse_is_covered": lambda h, _: Attack(money("reverse", h.approved, more=1), cancelled(h)),
    "decision_follows": lambda h, _: Attack(
        decide("withdraw", h.review, h.people["lin"], number="d.number + 2")
    ),
    "decision_is_chained": lambda h, _: Attack(decide("withdraw", h.review, h.people["lin"], prev="'0'")),
    "decision_is_on_content": lambda h, _: Attack(decide("withdraw", h.review, h.people["lin"], digest="'forged'")),
    "decision_fits_the_state": lambda h, _: Attack(decide("withdraw", h.approved, h.people["lin"])),
    "decision_by_another": lambda h, _: Attack(decide("agree", h.review, h.people["lin"])),
    "decision_by_somebody_active": lambda h, _: Attack(
        decide("agree", h.review, h.people["luo"]),
        (f"UPDATE person SET active = FALSE, version = version + 1 WHERE id = {h.people['luo']}",),
    ),
    "opinion_at_an_open_desk": lambda h, raw: Attack(
        raw.copied("opinion", f"plan_line_id = {h.approved.line}", plan_line_id=str(h.draft.line))
    ),
    "task_stays_closed": lambda h, _: Attack(
        f"UPDATE review_task SET state = 'open' WHERE plan_id = '{h.approved.plan}'"
    ),
    "revision_follows": lambda h, _: Attack(freeze(h.review, h.people["lin"])),
    "plan_begins_as_draft": lambda h, raw: Attack(
        raw.copied("plan", f"id = '{h.draft.plan}'", id=f"'{uuid4().hex}'", number="'forged'", form_key="NULL",
                   state="'returned'")
    ),
    "plan_moves_by_decision": lambda h, _: Attack(set_plan(h.review, "state = 'suspended'")),
    "plan_keeps_its_name": lambda h, _: Attack(set_plan(h.review, "number = 'forged'")),
    "plan_remark_is_frozen": lambda h, _: Attack(set_plan(h.review, "remark = 'forged'")),
    "plan_revision_counts": lambda h, _: Attack(set_plan(h.review, "revision = revision + 1")),
    "plan_leaves_no_hold": lambda h, _: Attack(set_plan(h.review, "state = 'draft'"), withdrawn(h)),
    "plan_holds_all_lines": lambda h, _: Attack(
        set_plan(h.returned, "state = 'in_review', revision = revision + 1"), submitting(h)
    ),
    "plan_is_out_of_the_ledger": lambda h, _: Attack(set_plan(h.approved, "state = 'cancelled'"), cancelled(h)),
    "plan_is_in_the_ledger": lambda h, _: Attack(set_plan(h.review, "state = 'approved'"), posted(h)),
    "plan_stays": lambda h, _: Attack(f"DELETE FROM plan WHERE id = '{h.review.plan}'"),
    "line_is_new_in_a_draft": lambda h, raw: Attack(new_line(h.review, raw)),
    "line_content_is_frozen": lambda h, _: Attack(set_line(h.review, "purpose = 'forged'")),
    "line_amounts_are_decided": lambda h, _: Attack(set_line(h.approved, "approved = 1")),
    "line_stays": lambda h, raw: Attack("DELETE FROM plan_line WHERE note = 'forged'", (new_line(h.returned, raw),)),
    "link_is_new_in_a_draft": lambda h, _: Attack(
        f"INSERT INTO draw VALUES ('{h.draft.paper}', {h.review.line}, NULL)"
    ),
    "link_is_frozen": lambda h, _: Attack(
        f"UPDATE draw SET plan_line_id = {h.draft.line} WHERE plan_line_id = {h.review.line}"
    ),
    "link_stays": lambda h, _: Attack(f"DELETE FROM draw WHERE plan_line_id = {h.review.line}"),
    "paper_file_stays": lambda h, _: Attack(
        f"UPDATE paper SET unit_id = (SELECT MAX(id) FROM unit), version = version + 1 WHERE id = '{h.review.paper}'"
    ),
    "paper_of_submitted_stays": lambda h, _: Attack(f"DELETE FROM paper WHERE id = '{h.returned.paper}'"),
    "ledger_is_gapless": lambda h, raw: Attack(entry(raw, h, 7), approving(h)),
    "ledger_is_decided": lambda h, raw: Attack(
        entry(raw, h, 1), (set_line(h.review, "suggested = applied, approved = applied"),)
    ),
    "red_row_names_its_row": lambda h, raw: Attack(red(raw, h), cancelled(h)),
    "numbers_only_grow": lambda *_: Attack("UPDATE number_head SET last = last - 1 WHERE series = 'ledger'"),
    "number_head_stays": lambda *_: Attack("DELETE FROM number_head WHERE series = 'ledger'"),
    "allotment_begins_empty": lambda h, raw: Attack(
        raw.copied("allotment", f"id = {h.draft.allotment}", bgt_id="'forged'", granted="5", held="0", posted="0")
    ),
    "balances_follow_postings": lambda h, _: Attack(
        f"UPDATE allotment SET granted = granted + 1 WHERE id = {h.draft.allotment}"
    ),
    "posting_moves_money": lambda h, _: too_much(h),
}  # fmt: skip

# Attacks behind whose guard another stands: what refuses when the guard is gone, and why it cannot be otherwise.
SECOND_LINES: Final[dict[str, str]] = {
    # A number beyond the next has no decision before it to name; one that is taken is unique.
    "decision_follows": "a decision names the one before it",
    # A submitted plan has decisions: they point to it, and they stay.
    "plan_stays": "foreign key",
    # What is paid is compared at the same place: more than was posted is more than that.
    "reverse_is_covered": "posting reverses what is paid or was never posted",
    # The same for the ledger; the guard is noticed by a red row that names another's row.
    "red_row_names_its_row: no more than is left": "ledger_entry takes back what is paid",
}

# What an intruder tries on whatever stands there.
HOSTILE: Final = (
    "UPDATE allotment SET held = held + 1",
    "UPDATE allotment SET granted = granted + 100",
    "UPDATE posting SET amount = amount + 1",
    "DELETE FROM decision WHERE number > 1",
    "UPDATE decision SET comment = 'forged'",
    "DELETE FROM opinion",
    "UPDATE plan_revision SET content = '{}'",
    "UPDATE ledger_entry SET approved = 0",
    "DELETE FROM ledger_entry",
    "UPDATE number_head SET last = 0 WHERE last > 0",
    "UPDATE plan SET state = 'approved' WHERE state <> 'approved'",
    "UPDATE plan SET state = 'draft' WHERE state <> 'draft'",
    "UPDATE plan SET revision = revision + 1",
    "DELETE FROM plan WHERE revision > 0",
    "UPDATE review_task SET state = 'open' WHERE state <> 'open'",
    "UPDATE plan_line SET applied = applied + 1 WHERE plan_id IN"
    " (SELECT id FROM plan WHERE state NOT IN ('draft', 'returned'))",
    "UPDATE plan_line SET approved = 1 WHERE plan_id IN (SELECT id FROM plan WHERE state = 'approved')",
    "INSERT INTO posting (allotment_id, kind, amount, plan_line_id, revision, reason, at, actor_id)"
    " SELECT allotment_id, 'release', amount, plan_line_id, revision, '', at, NULL FROM posting WHERE kind = 'hold'",
    "INSERT INTO posting (allotment_id, kind, amount, plan_line_id, revision, reason, at, actor_id)"
    " SELECT allotment_id, 'hold', amount, plan_line_id, revision + 1, '', at, NULL FROM posting WHERE kind = 'hold'",
    "INSERT INTO posting (allotment_id, kind, amount, plan_line_id, revision, reason, at, actor_id)"
    " SELECT allotment_id, 'reverse', amount, plan_line_id, revision, '', at, NULL FROM posting WHERE kind = 'post'",
    "INSERT INTO ledger_entry SELECT * FROM ledger_entry WHERE reverses_id IS NULL",
    "UPDATE plan SET entered = NOT entered",
    "UPDATE plan SET kind = 'reduction' WHERE revision > 0 AND kind <> 'reduction'",
    "UPDATE plan_line SET month = 1 WHERE month > 1 AND plan_id IN"
    " (SELECT id FROM plan WHERE state NOT IN ('draft', 'returned'))",
    "UPDATE plan_line SET source_line_id = NULL WHERE source_line_id IS NOT NULL AND plan_id IN"
    " (SELECT id FROM plan WHERE state NOT IN ('draft', 'returned'))",
    "INSERT INTO posting (allotment_id, kind, amount, plan_line_id, revision, reason, at, actor_id)"
    " SELECT l.allotment_id, 'reverse', -l.applied, l.id, p.revision, '', p.updated_at, NULL FROM plan_line l"
    " JOIN plan p ON p.id = l.plan_id WHERE l.applied < 0",
    "UPDATE draw SET amount = 99999999999999",
    "UPDATE paper SET face_amount = 1, number = 'forged', version = version + 1 WHERE id IN (SELECT d.paper_id"
    " FROM draw d JOIN plan_line l ON l.id = d.plan_line_id JOIN plan p ON p.id = l.plan_id"
    " WHERE l.removed_in IS NULL AND p.state IN ('in_review', 'suspended', 'approved'))",
    "UPDATE payment SET amount = amount + 1",
    "DELETE FROM payment_match",
    "UPDATE opinion SET amount = amount - 1",
    "UPDATE opinion SET line_digest = ''",
    "DELETE FROM retraction",
    "INSERT INTO retraction SELECT o.id, t.plan_id, 1 FROM opinion o JOIN review_task t ON t.id = o.task_id",
    "DELETE FROM task_line",
    "UPDATE revision_line SET digest = 'f'",
    "DELETE FROM decision_view",
    "UPDATE chain_step SET may_return = NOT may_return",
    "UPDATE chain SET published_at = NULL",
    "DELETE FROM chain_step",
    "UPDATE review_task SET state = 'revoked' WHERE state IN ('done', 'skipped', 'cancelled')",
    "UPDATE review_task SET why = 'forged'",
    "UPDATE delegation SET ends_on = '2031-01-01', version = version + 1",
    "UPDATE plan_line SET removed_in = 1 WHERE removed_in IS NULL AND plan_id IN"
    " (SELECT id FROM plan WHERE state = 'approved')",
    "INSERT INTO payment_match (payment_id, plan_line_id, amount, at)"
    " SELECT m.payment_id, l.id, m.amount, m.at FROM payment_match m JOIN plan_line l ON l.applied < 0",
)
