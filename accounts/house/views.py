"""Pages about the house: notices, the history of what was done, and jobs."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.house import actions, store
from accounts.people.rules import Permission
from accounts.people.store import names
from accounts.signin.guard import person, requires
from core import jobs
from core.errors import Missing
from core.web import page_number

bp: Final = Blueprint("house", __name__)

SUBJECTS: Final = {
    "person": "人员", "plan": "用款计划", "window": "申报窗口", "chain": "审批流程", "allotment": "指标",
    "unit": "单位", "office": "股室", "code": "要素", "codes": "要素", "requirement": "凭证规则", "ledger": "台账",
    "units": "单位", "allotments": "指标", "code_table": "要素", "voucher_requirement": "凭证规则",
    "seal": "封存", "check": "核验", "reconciliation": "对账", "webhook": "消息机器人",
}  # fmt: skip
# What the machine calls a job, as the administrator reads it; another kind is shown by its own name.
JOBS: Final = {
    "draw_pages": "生成凭证预览", "read_paper": "识别凭证内容",
    "approval_pdf": "生成批复单", "demand_pdf": "生成需求表", "exchange": "一体化交换",
    "receipt_pdf": "生成回执", "watch_desks": "检查空缺岗位",
    "seal": "每日封存", "seal_pdf": "生成日结单", "seal_mail": "寄送日结单", "alarm_mail": "寄送警报",
    "verify": "证据核验", "replay": "重放核对", "reconcile": "对账", "forget_answers": "清理过期的表单回执",
    "sweep_blobs": "清理无用的文件", "scan_again": "补查病毒",
    "mail_notices": "邮件提醒", "mail_digest": "邮件汇总", "post_webhook": "机器人消息",
    "watch_limits": "时限提醒与上报", "send_again": "消息补发",
}  # fmt: skip


@bp.get("/notices")
@requires(Permission.SIGNED_IN)
def notice_list() -> ResponseReturnValue:
    """One's own messages."""
    return render_template("accounts/house/notice_list.html", page=store.notices(person().id, page_number()))


@bp.post("/notices/read")
@requires(Permission.SIGNED_IN)
def read_notices() -> ResponseReturnValue:
    """Mark all of one's messages read."""
    actions.read_notices(by=person())
    return redirect(url_for(".notice_list"))


@bp.get("/history")
@requires(Permission.VIEW_HISTORY)
def history() -> ResponseReturnValue:
    """Who did what and when."""
    asked = request.args
    question = store.Question(
        kind=asked.get("kind", "")[:64],
        subject=asked.get("subject", "").strip()[:64],
        name=asked.get("name", "").strip()[:50],
        since=_day(asked.get("since", "")),
        until=_day(asked.get("until", "")),
    )
    return render_template(
        "accounts/house/history.html",
        page=store.events(question, page_number()),
        question=question,
        kinds=store.subject_kinds(),
        labels=SUBJECTS,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@bp.get("/jobs")
@requires(Permission.MANAGE_TABLES)
def job_list() -> ResponseReturnValue:
    """What waits, runs, is done or has failed."""
    page = store.jobs(page_number())
    asked_by = names(job.created_by for job in page.items if job.created_by is not None)
    return render_template("accounts/house/job_list.html", page=page, names=asked_by, labels=JOBS)


@bp.get("/jobs/<uuid:job_id>.json")
@requires(Permission.SIGNED_IN)
def job(job_id: UUID) -> ResponseReturnValue:
    """How far a job is, for whoever asked for it."""
    found = jobs.find(job_id)
    if found is None or found.created_by != person().id:
        raise Missing()
    return jsonify(
        state=found.state.value,
        label=found.state.label,
        done=found.done,
        total=found.total,
        note=found.note,
        result=found.answer,
    )
