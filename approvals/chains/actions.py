"""Publishing the default chain: 单位审核 → 业务股室初审 → 国库复审 → 国库批复."""

from __future__ import annotations

from typing import Final

from accounts.people.rules import Role
from approvals.chains.models import Chain, ChainStep
from approvals.chains.rules import AmountField, StepScope
from core import clock, history
from core.db import transaction
from core.history import Actor

DEFAULT_NAME: Final = "月度用款计划"
# Name, post, place, which amount it sets, working days allowed.
DEFAULT_STEPS: Final = (
    ("单位审核", Role.UNIT_AUDITOR, StepScope.UNIT, AmountField.NONE, 1),
    ("业务股室初审", Role.OFFICE_REVIEWER, StepScope.LINE_OFFICE, AmountField.SUGGESTED, 2),
    ("国库复审", Role.TREASURY_REVIEWER, StepScope.BUREAU, AmountField.APPROVED, 1),
    ("国库批复", Role.TREASURY_APPROVER, StepScope.BUREAU, AmountField.APPROVED, 1),
)


def publish_default(division_code: str, version: int = 1, *, by: Actor) -> int:
    """Publish the default chain for monthly plans; gives its id."""
    with transaction() as work:
        chain = Chain(
            division_code=division_code, name=DEFAULT_NAME, plan_kind="monthly", version=version,
            published_at=clock.now(),
        )  # fmt: skip
        for number, (name, role, scope, amount_field, days) in enumerate(DEFAULT_STEPS, 1):
            chain.steps.append(
                ChainStep(
                    number=number, name=name, role=role, scope=scope, amount_field=amount_field, time_limit_days=days
                )
            )
        work.add(chain)
        work.flush()  # its id goes into the history
        history.record("chain", chain.id, "publish", f"启用审批流程“{DEFAULT_NAME}”第 {version} 版", by=by)
        return chain.id
