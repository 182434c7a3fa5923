"""Pages of 提醒方式 (each person's own) and of 消息机器人 (系统管理员)."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.outbox import actions, store
from accounts.outbox.forms import EditRobotForm, RobotForm, WayForm
from accounts.people.rules import Permission
from accounts.signin.guard import person, requires
from core.notices import Way
from core.web import refusals_on, settings

bp: Final = Blueprint("outbox", __name__)

_SHOWN: Final = 30
_MINE: Final = 5


@bp.get("/notices/way")
@requires(Permission.SIGNED_IN)
def way() -> ResponseReturnValue:
    """How I want my messages."""
    chosen = store.find_way(person().id)
    form = WayForm(formdata=None, way=chosen.way.value if chosen else Way.PAGE.value)
    form.address.data = chosen.address if chosen else ""
    return _way_page(form)


@bp.post("/notices/way")
@requires(Permission.SIGNED_IN)
def choose_way() -> ResponseReturnValue:
    """Keep it."""
    form = WayForm()
    if form.validate_on_submit():
        with refusals_on(form):
            actions.choose_way(Way(form.way.data), form.address.data or "", settings(), by=person())
            flash("提醒方式已保存。", "ok")
            return redirect(url_for(".way"))
    return _way_page(form), form.status


def _way_page(form: WayForm) -> str:
    return render_template(
        "accounts/outbox/way.html",
        form=form,
        mails=bool(settings().mail.host),
        hour=settings().digest_hour,
        sent=store.newest_letters(_MINE, person().id),
    )


@bp.get("/robots")
@requires(Permission.MANAGE_TABLES)
def robots() -> ResponseReturnValue:
    """All robots, and what became of what left lately."""
    return render_template(
        "accounts/outbox/robots.html",
        robots=store.webhooks(),
        posts=store.newest_posts(_SHOWN),
        letters=store.newest_letters(_SHOWN),
        ways=dict(store.counts_of_ways()),
        mails=bool(settings().mail.host),
    )


@bp.route("/robots/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_TABLES)
def add_robot() -> ResponseReturnValue:
    """A new robot."""
    form = RobotForm()
    if form.validate_on_submit():
        with refusals_on(form):
            actions.add_webhook(form.draft(), settings(), by=person())
            flash("已新增，可以发送一条测试消息。", "ok")
            return redirect(url_for(".robots"))
    page = render_template("accounts/outbox/robot.html", form=form, robot=None, servers=settings().robots)
    return page, form.status


@bp.route("/robots/<int:robot_id>/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_TABLES)
def edit_robot(robot_id: int) -> ResponseReturnValue:
    """Change a robot; its keys are not shown."""
    robot = store.get_webhook(robot_id)
    form = EditRobotForm(
        name=robot.name, format=robot.format.value, kinds=sorted(robot.kind_set), enabled=robot.enabled,
        seen=robot.version,
    )  # fmt: skip
    if form.validate_on_submit():
        with refusals_on(form):
            actions.edit_webhook(robot_id, form.draft(), form.seen.data or 0, settings(), by=person())
            flash("已保存。", "ok")
            return redirect(url_for(".robots"))
    page = render_template("accounts/outbox/robot.html", form=form, robot=robot, servers=settings().robots)
    return page, form.status


@bp.post("/robots/<int:robot_id>/try")
@requires(Permission.MANAGE_TABLES)
def try_robot(robot_id: int) -> ResponseReturnValue:
    """A message that says that it works."""
    actions.try_webhook(robot_id, by=person())
    flash("测试消息已交给后台发送，稍候刷新本页查看结果。", "ok")
    return redirect(url_for(".robots"))
