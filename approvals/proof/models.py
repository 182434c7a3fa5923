"""Tables of proof: the seals over all decisions of a day, what they cover, their papers, and the nightly checks."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from approvals.proof.rules import Check
from core.db import Code, Id, Long, Model, code_of


class Seal(Model):
    """封存: a Merkle root over the decisions since the seal before it. Seals are one chain; only ever added."""

    __tablename__ = "seal"
    __table_args__ = (UniqueConstraint("division_code", "number"),)

    id: Mapped[Id]
    division_code: Mapped[Code]
    number: Mapped[int]
    day: Mapped[date]
    leaves: Mapped[int]
    root: Mapped[Code]
    prev_sha256: Mapped[Code]
    body: Mapped[Long]
    sha256: Mapped[Code]
    sm3: Mapped[Code]
    at: Mapped[datetime]


class SealLeaf(Model):
    """One decision in a seal, at its place from 0. A decision is sealed once."""

    __tablename__ = "seal_leaf"
    __table_args__ = (UniqueConstraint("decision_id"),)

    seal_id: Mapped[int] = mapped_column(ForeignKey("seal.id"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))


class SealSheet(Model):
    """日结单: the seal as it was printed, once and for ever. Made by the exports, which stand to the right."""

    __tablename__ = "seal_sheet"

    seal_id: Mapped[int] = mapped_column(ForeignKey("seal.id"), primary_key=True, autoincrement=False)
    sheet_digest: Mapped[Code]
    blob_digest: Mapped[Code] = mapped_column(ForeignKey("blob.digest"))
    page_count: Mapped[int]
    created_at: Mapped[datetime]


class CheckRun(Model):
    """What one nightly check found: how many faults, and the first of them word for word. Only ever added."""

    __tablename__ = "check_run"
    __table_args__ = (Index(None, "division_code", "checked", "id"),)

    id: Mapped[Id]
    division_code: Mapped[Code]
    check: Mapped[Check] = mapped_column("checked", code_of(Check))
    day: Mapped[date]
    at: Mapped[datetime]
    looked_at: Mapped[Long]
    faults: Mapped[int]
    said: Mapped[Long]

    @property
    def sentences(self) -> list[str]:
        """What is wrong and where; the first of many."""
        return self.said.splitlines()
