"""What is written to the addresses outside of the house: a seal, so that they hold an anchor; a red check."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from approvals.proof.models import CheckRun, Seal
from core import clock
from core.settings import Settings

# What letters are about, as their rows say it.
SEAL: Final = "seal"
CHECK: Final = "check"
_NO_PAPER: Final = "日结单 PDF 未能及时生成，可由审计人员在系统的“封存”页下载。"


def seal_letter(seal: Seal, address: str, paper: bytes | None, options: Settings) -> EmailMessage:
    """Number, day, root and digests in plain words, and the paper when there is one."""
    place = options.division_name
    message = _message(
        options,
        address,
        f"【日结单】{place}用款计划审批第 {seal.number} 号封存 {seal.day:%Y-%m-%d}",
        f"{SEAL}-{seal.number}",
    )
    message.set_content("\n".join(_seal_lines(seal, place, attached=paper is not None)))
    if paper is not None:
        name = f"日结单_{place}_第{seal.number}号_{seal.day:%Y-%m-%d}.pdf"
        message.add_attachment(paper, maintype="application", subtype="pdf", filename=name)
    return message


def _seal_lines(seal: Seal, place: str, *, attached: bool) -> list[str]:
    return [
        f"{place}用款计划审批决定已封存。请保存这封邮件，不要删除：以后核对时，它是系统之外的凭据。",
        "",
        f"序号：{seal.number}",
        f"日期：{seal.day:%Y-%m-%d}",
        f"决定：{seal.leaves} 项",
        f"默克尔根：{seal.root}",
        f"SHA-256：{seal.sha256}",
        f"SM3：{seal.sm3}",
        f"上一号 SHA-256：{seal.prev_sha256 or '无'}",
        f"封存时间：{clock.local(seal.at):%Y-%m-%d %H:%M:%S}（北京时间）",
        "",
        "原文（一行，SHA-256 和 SM3 就是它的摘要）：",
        seal.body,
        "",
        "核对：向财政局要一份证据包，取出其中的 verify.py，在自己的电脑上运行",
        f"python verify.py 证据包.zip --anchor {seal.number}:{seal.sha256}",
        "" if attached else f"\n{_NO_PAPER}",
    ]


def alarm_letter(run: CheckRun, address: str, options: Settings) -> EmailMessage:
    """What a nightly check found wrong."""
    place, at = options.division_name, f"{clock.local(run.at):%Y-%m-%d %H:%M:%S}"
    said = f"{run.check.label}未通过：{run.faults} 处问题"
    message = _message(options, address, f"【警报】{place}用款计划{said}", f"{CHECK}-{run.id}")
    lines = [
        f"{place}用款计划系统在 {at}（北京时间）的{run.check.label}没有通过，{run.faults} 处问题：",
        "",
        *run.sentences,
        "",
        "请审计管理员会同系统管理员查明；在查明之前不要删除或修改任何数据，并保存好以前各日的日结单邮件。",
    ]
    message.set_content("\n".join(lines) + "\n")
    return message


def _message(options: Settings, address: str, subject: str, key: str) -> EmailMessage:
    """The same thing for the same address has the same Message-ID: who gets it twice after all can tell."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = options.mail.sender, address, subject
    message["Date"] = format_datetime(clock.now())
    domain = options.mail.sender.partition("@")[2] or "localhost"
    message["Message-ID"] = f"<{key}.{options.division_code}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    return message
