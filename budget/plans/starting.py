"""What is asked before a plan is begun: a clerk chooses among his units, finance enters for any unit (代编)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from wtforms import StringField
from wtforms.validators import ValidationError

from accounts.people.rules import Person, Role
from accounts.units import store as units
from accounts.units.models import Unit
from budget.plans.forms import ChoiceField, StartForm
from budget.plans.rules import ENTERED_BY_FINANCE, FILED_BY_UNITS, PlanKind
from budget.windows import store as windows
from core import clock
from core.errors import Refused
from core.fields import Required
from core.web import settings

_TITLE: Final = "新建用款计划"
_ENTERING_TITLE: Final = "财政代编用款计划"


class EnterForm(StartForm):
    """代编: any unit, typed by code or name; too many for a list to scroll in."""

    unit = StringField("单位", [Required("请填写单位。")], description="输入代码或名称查找，只能选末级单位。")
    kind = ChoiceField("计划类型", default=PlanKind.ENTERED.value)
    month = ChoiceField("计划月份", description="代编和调减不受申报期限制。")
    reason = StringField("原因", description="为什么由财政代编或调减；单位会看到。")

    title: str = _ENTERING_TITLE
    offered: Mapping[str, Unit] = {}

    def validate_unit(self, field: StringField) -> None:
        """An enabled leaf unit, by “201003 区实验小学”, by its code or by its name."""
        if self._found() is None:
            raise ValidationError(f"没有启用的末级单位“{(field.data or '').strip()}”，请从列表中选择。")

    def unit_id(self) -> int:
        """The unit that was named; only after validation."""
        found = self._found()
        return found.id if found else 0

    def _found(self) -> Unit | None:
        typed = (self.unit.data or "").strip()
        code = typed.split(maxsplit=1)[0] if typed else ""
        named = [unit for unit in self.offered.values() if typed == unit.name]
        return self.offered.get(code) or (named[0] if len(named) == 1 else None)


class ClerksForm(StartForm):
    """填报: one of the clerk's own units."""

    unit = ChoiceField("单位", coerce=int)
    title: str = _TITLE
    offered: Mapping[str, Unit] = {}

    def unit_id(self) -> int:
        """The unit that was chosen."""
        return int(self.unit.data)


def start_form(me: Person) -> ClerksForm | EnterForm:
    """The form with the units, kinds and months that the person may choose. Raises `Refused` when there is no unit."""
    writing = me.writing()
    form: ClerksForm | EnterForm
    if writing.enters:
        form = EnterForm()
        form.offered = {unit.code: unit for unit in units.units(settings().division_code) if _may_file(unit)}
        form.title = _TITLE if writing.unit_ids else _ENTERING_TITLE
        months = _months(settings().division_code, "")
    else:
        form, own = ClerksForm(), _own_units(me)
        form.unit.choices = [(unit.id, f"{unit.code} {unit.name}") for unit in own]
        months = _months(own[0].division_code, own[0].department_code)
    kinds = (*(FILED_BY_UNITS if writing.unit_ids else ()), *(ENTERED_BY_FINANCE if writing.enters else ()))
    form.kind.choices = [(kind.value, kind.label) for kind in dict.fromkeys(kinds)]
    form.month.choices = list(months)
    return form


def _may_file(unit: Unit) -> bool:
    return unit.is_leaf and unit.enabled


def _own_units(me: Person) -> list[Unit]:
    """The clerk's units. Raises `Refused` when there is none that can file."""
    found = [unit for unit in units.units_by_id(me.unit_ids(Role.UNIT_CLERK)).values() if _may_file(unit)]
    if not found:
        raise Refused("您名下没有启用的末级单位，不能填报计划，请联系系统管理员。")
    return found


def _months(division_code: str, department_code: str) -> Iterator[tuple[str, str]]:
    """Months with a window first, the open one at the top; then the other months of this year."""
    now = clock.now()
    opened = windows.windows_for(division_code, department_code)
    for window in sorted(
        opened, key=lambda one: (not one.opens_at <= now <= one.closes_at, -one.fiscal_year, -one.month)
    ):
        current = window.opens_at <= now <= window.closes_at
        state = f"申报中，{clock.local(window.closes_at):%m月%d日 %H:%M} 截止" if current else "不在申报期"
        yield f"{window.fiscal_year}-{window.month}", f"{window.fiscal_year}年{window.month}月（{state}）"
    known = {(window.fiscal_year, window.month) for window in opened}
    year = clock.today().year
    for month in range(1, 13):
        if (year, month) not in known:
            yield f"{year}-{month}", f"{year}年{month}月（未设申报期）"
