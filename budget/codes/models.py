"""Code tables (要素) by division and fiscal year, with where each row comes from."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Code, Id, Model, Name


class CodeEntry(Model):
    """One code of one table: 支出功能分类 2050202 小学教育."""

    __tablename__ = "code_entry"
    __table_args__ = (UniqueConstraint("division_code", "fiscal_year", "table_name", "code"),)

    id: Mapped[Id]
    division_code: Mapped[Code]
    fiscal_year: Mapped[int]
    table_name: Mapped[Code]
    code: Mapped[Code]
    name: Mapped[Name]
    parent: Mapped[Code] = mapped_column(default="")
    level: Mapped[int] = mapped_column(default=1)
    confidence: Mapped[Code] = mapped_column(default="")
    source: Mapped[Name] = mapped_column(default="")


class EconomicMapping(Model):
    """部门预算经济分类 → 政府预算经济分类, one column for each kind of unit (domain rule H07)."""

    __tablename__ = "economic_mapping"
    __table_args__ = (UniqueConstraint("division_code", "fiscal_year", "dep_eco_code"),)

    id: Mapped[Id]
    division_code: Mapped[Code]
    fiscal_year: Mapped[int]
    dep_eco_code: Mapped[Code]
    gov_eco_administrative: Mapped[Code] = mapped_column(default="")
    gov_eco_institution: Mapped[Code] = mapped_column(default="")
    confidence: Mapped[Code] = mapped_column(default="")
