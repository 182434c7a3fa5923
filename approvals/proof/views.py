"""The page of seals and the commands of the auditor."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Final

import click
from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.people.rules import SYSTEM, Permission
from accounts.signin.guard import person, requires
from approvals.proof import actions, comparing, outgoing, packing, store, verify
from approvals.proof.checking import check_house
from core import clock
from core.blobs import files
from core.errors import Refused
from core.web import page_number, settings

bp: Final = Blueprint("proof", __name__, cli_group="audit")
# A check that has been silent for longer than this did not run last night.
_A_NIGHT: Final = timedelta(hours=36)


@bp.get("/seals")
@requires(Permission.VIEW_HISTORY)
def seals() -> ResponseReturnValue:
    """What the nightly checks say, and the seals with their digests, papers and letters, newest first."""
    division = settings().division_code
    found = store.seals(division, page_number())
    checks = outgoing.newest_checks(division)
    return render_template(
        "approvals/proof/seals.html",
        page=found,
        checks=checks,
        silent={check for check, run in checks.items() if run is None or run.at < clock.now() - _A_NIGHT},
        letters=outgoing.posted(found.items, settings().mail.to),
    )


@bp.post("/seals/check")
@requires(Permission.VIEW_HISTORY)
def check_now() -> ResponseReturnValue:
    """Ask for both checks now."""
    actions.check_now(by=person())
    flash("已开始核验，请稍后刷新本页。", "ok")
    return redirect(url_for(".seals"))


@bp.post("/seals/<int:number>/mail")
@requires(Permission.VIEW_HISTORY)
def mail_again(number: int) -> ResponseReturnValue:
    """Ask that a seal be mailed to whoever has not got it."""
    try:
        actions.mail_again(settings().division_code, number, by=person())
    except Refused as refusal:
        flash(str(refusal), "bad")
    else:
        flash(f"已申请寄送第 {number} 号，请稍后刷新本页。", "ok")
    return redirect(url_for(".seals"))


@bp.get("/verify.py")
@requires(Permission.SIGNED_IN)
def program() -> ResponseReturnValue:
    """The program that checks receipts and packages, for one's own machine."""
    sent = {"Content-Disposition": 'attachment; filename="verify.py"'}
    return Response(Path(verify.__file__).read_bytes(), mimetype="text/x-python", headers=sent)


@bp.cli.command("seal", help="封存尚未封存的全部决定。")
def seal() -> None:
    """Seal now, beside the daily job."""
    number = actions.seal_day(settings().division_code, clock.today(), by=SYSTEM)
    found = store.last_seal(settings().division_code)
    click.echo(f"第 {number} 号封存，摘要 {found.sha256 if found else ''}。请将序号和摘要抄存在本系统之外。")


def _anchors(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> dict[int, str]:
    """The seals' numbers and digests that were kept outside of the house."""
    try:
        return dict(map(verify.anchor, given))
    except ValueError as wrong:
        raise click.BadParameter("锚的写法是 序号:64位十六进制摘要") from wrong


@bp.cli.command("verify", help="核对全部决定链、封存、意见、台账和凭证文件。")
@click.option("--anchor", "anchors", multiple=True, callback=_anchors, help="抄存的封存摘要，可多次。")
def verify_house(anchors: dict[int, str]) -> None:
    """Say what is wrong and where; exit code 1 then."""
    begun = time.monotonic()
    checker = check_house(files(), anchors)
    lasted = time.monotonic() - begun
    click.echo(f"决定 {len(checker.digests)} 项，封存 {len(checker.seal_digests)} 次，用时 {lasted:.1f} 秒。")
    if not anchors:
        click.echo("没有给出锚：无法发现整体重写和截尾。请用 --anchor 给出抄存的封存序号和摘要。")
    _conclude(list(checker.found.lines()))


@bp.cli.command("replay", help="由决定重新推算计划状态、指标余额和台账，与库中数据比较。")
def replay_house() -> None:
    """Say which rows differ; exit code 1 then."""
    _conclude(comparing.differences())


@bp.cli.command("package", help="导出供审计人员独立校验的证据包。")
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--with-vouchers", is_flag=True, help="连同送审内容所列的全部凭证文件。")
def package(target: Path, with_vouchers: bool) -> None:
    """Write the package with the program that checks it."""
    digest = packing.write_package(target, settings().division_code, files() if with_vouchers else None)
    click.echo(f"已导出到 {target}，清单摘要 {digest}。校验：解出 verify.py，运行 python verify.py {target.name}")


def _conclude(faults: list[str]) -> None:
    for line in faults:
        click.echo(line)
    click.echo("未通过" if faults else "通过")
    if faults:
        raise SystemExit(1)
