"""The test vectors of docs/proof.md are what our code and the auditor's program compute."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest

from accounts.units.models import Unit
from approvals.proof import verify
from approvals.proof.models import Seal
from approvals.proof.receipts import Proof, Receipt, file_of
from approvals.reviews.content import line_digest
from approvals.reviews.models import Decision
from approvals.reviews.rules import Act
from budget.plans.models import Plan, PlanRevision
from budget.plans.rules import PlanKind
from core import clock
from core.digests import canonical, merkle_path, merkle_root, sha256, sm3

TEXT: Final = (Path(__file__).parents[2] / "docs/proof.md").read_text(encoding="utf-8")
_NOTHING: Final = {"sha256": "", "sm3": ""}
_DECISION: Final[Mapping[str, Any]] = {
    "v": 1, "division": "420303000", "plan_id": "0f8fad5b-d9cb-469f-a165-70867728950e", "plan": "YK-202612-0001",
    "number": 1, "revision": 1, "step_no": 0, "step_name": "单位经办", "act": "submit", "content": sha256("内容"),
    "opinions": [], "comment": "送审 1 行，合计 1.00 元", "person_id": 7, "person": "林晓敏",
    "at": "2026-11-20T02:00:00.000000Z", "facts": {}, "prev": _NOTHING,
}  # fmt: skip
# A line of a content without its place, what lay before the approver, and his decision, which he took for another.
_LINE: Final[Mapping[str, Any]] = {
    "allotment": "A1", "applied": 100, "purpose": "办公用品", "pay_date": "2026-12-10", "payee": "", "note": "",
    "month": 12, "source": [], "papers": [["11", "发票.png", sha256("发票")]],
}  # fmt: skip
_SEEN: Final[Mapping[str, Any]] = {
    "v": 1, "step": "国库批复", "due": "2026-11-23T09:30Z",
    "lines": [{
        "position": 1, "digest": sha256(canonical(_LINE)), "applied": 100, "amount": 60,
        "papers": [sha256("发票")[:16]], "allotment": "A1", "granted": 1000, "held": 100, "approved": 0,
        "available": 900,
    }],
}  # fmt: skip
_TOLD_AT_THE_END: Final[Mapping[str, Any]] = {
    "number": 3, "step_no": 2, "step_name": "国库批复", "act": "approve", "opinions": [[1, "agree", 60, ""]],
    "comment": "批复 0.60 元", "person_id": 8, "person": "方芸",
    "facts": {"seen": sha256(canonical(_SEEN)), "behalf": [9, "罗局"], "approved": [[1, 60]]},
}  # fmt: skip
_SEAL: Final[Mapping[str, Any]] = {
    "v": 1, "division": "420303000", "number": 1, "day": "2026-11-20", "at": "2026-11-20T16:00:01.000000Z",
    "prev": _NOTHING,
}  # fmt: skip


def vectors() -> dict[str, str]:
    """Name and canonical text of each vector."""
    first = canonical(_DECISION)
    before = {"sha256": sha256(first), "sm3": sm3(first)}
    opinions = [[1, "cut", 60, "“按进度”\n"]]
    told = {"number": 2, "step_no": 1, "step_name": "单位审核", "act": "agree", "opinions": opinions, "prev": before}
    seal = {**_SEAL, "leaves": 1, "root": merkle_root([before["sha256"]])}
    second = canonical({**_DECISION, **told})
    end = {**_TOLD_AT_THE_END, "prev": {"sha256": sha256(second), "sm3": sm3(second)}}
    return {
        "order": canonical({"b": 1, "a": "é", "A": {}}),
        "first": first,
        "second": second,
        "line": canonical(_LINE),
        "seen": canonical(_SEEN),
        "third": canonical({**_DECISION, **end}),
        "seal": canonical(seal),
    }


def lines() -> list[str]:
    return [f"{name} {text} {sha256(text)} {sm3(text)}" for name, text in vectors().items()]


def roots() -> list[str]:
    leaves = [sha256(str(place)) for place in range(7)]
    return [f"{size} {merkle_root(leaves[:size])}" for size in (0, 1, 2, 3, 5, 7)]


def receipt() -> Receipt:
    """Of a submission of one line, the middle one of three decisions under the first seal."""
    plan_id = UUID(_DECISION["plan_id"])
    line = {"allotment": "A1", "applied": 100, "papers": [["11", "发票.png", sha256("发票")]], "position": 1}
    head = {"division": "420303000", "fiscal_year": 2026, "kind": "monthly", "month": 12, "number": "YK-202612-0001"}
    content = canonical({"version": 3, "plan": {**head, "unit": "201003"}, "lines": [line]})
    body = canonical({**_DECISION, "content": sha256(content)})
    leaves = [sha256("前"), sha256(body), sha256("后")]
    sealed = canonical({**_SEAL, "leaves": 3, "root": merkle_root(leaves)})
    plan = Plan(
        id=plan_id, division_code="420303000", number="YK-202612-0001", fiscal_year=2026, month=12,
        kind=PlanKind.MONTHLY, unit=Unit(code="201003", name="区实验小学"),
    )  # fmt: skip
    decision = Decision(
        number=1, revision=1, act=Act.SUBMIT, person_name="林晓敏", at=clock.at(2026, 11, 20, 10, 0), body=body,
        sha256=sha256(body), sm3=sm3(body),
    )  # fmt: skip
    seal = Seal(
        number=1, day=date(2026, 11, 20), root=merkle_root(leaves), body=sealed, sha256=sha256(sealed), sm3=sm3(sealed)
    )
    revision = PlanRevision(plan_id=plan_id, revision=1, content=content, digest=sha256(content))
    return Receipt(plan, revision, decision, (), seal, Proof(seal, merkle_path(leaves, 1)))


def test_the_vectors_in_the_document_are_ours() -> None:
    told, rooted, receipted = re.findall(r"```\n(.*?)\n```", TEXT, flags=re.DOTALL)
    assert told.splitlines() == lines()
    assert rooted.splitlines() == roots()
    assert receipted == canonical_file(receipt())


def canonical_file(receipt: Receipt) -> str:
    """The same file on one line."""
    return json.dumps(json.loads(file_of(receipt)), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def test_the_auditors_program_passes_the_receipt_in_the_document() -> None:
    data = canonical_file(receipt()).encode()
    kept = receipt().latest
    assert kept is not None
    assert verify.check_receipt(data, {1: kept.sha256})[0].found.counts == {}
    changed = data.replace("林晓敏".encode(), "林小敏".encode())
    assert set(verify.check_receipt(changed, {1: kept.sha256})[0].found.counts) == {"决定摘要", "封存证明"}


def test_the_auditors_program_computes_the_same() -> None:
    for text in vectors().values():
        assert verify.sha256(text) == sha256(text)
        assert verify._ENCODER.encode(verify._DECODER.decode(text)) == text
    leaves = [sha256(str(place)) for place in range(7)]
    assert [verify.merkle_root(leaves[:size]) for size in range(8)] == [merkle_root(leaves[:size]) for size in range(8)]


def test_the_digest_of_a_line_is_the_same_wherever_it_stands() -> None:
    for place in (1, 7):
        assert verify.line_digest({**_LINE, "position": place}) == line_digest({**_LINE, "position": place})
    assert verify.line_digest(_LINE) == sha256(vectors()["line"])


def test_a_text_composed_otherwise_is_the_same_text() -> None:
    assert canonical({"a": "e\u0301"}) == canonical({"a": "\u00e9"}) == '{"a":"é"}'


def test_a_fraction_has_no_canonical_text() -> None:
    with pytest.raises(TypeError):
        canonical({"amount": 1.5})
    with pytest.raises(ValueError, match="不是整数"):
        verify._DECODER.decode('{"amount":1.5}')
