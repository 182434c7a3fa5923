"""What a person chooses for his messages, and what the administrator does with the robots."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from accounts.outbox import store
from accounts.outbox.rules import check_address, check_server
from accounts.people.rules import Person
from core import clock, history, jobs, notices
from core.db import session, transaction
from core.errors import Refused
from core.notices import POST_WEBHOOK, NoticeKind, NoticeWay, Way
from core.settings import Settings
from core.versions import check_seen
from core.webhooks import HookFormat, Webhook, origin_of


def choose_way(way: Way, address: str, options: Settings, *, by: Person) -> None:
    """How the person wants his messages; a first one tells him so, by the way he chose. Raises `Refused`."""
    if way is not Way.PAGE:
        if not options.mail.host:
            raise Refused("系统还没有配置邮件服务器，目前只能在页面查看消息；需要邮件请联系系统管理员。")
        check_address(address)
    elif address:
        check_address(address)
    with transaction():
        chosen = store.find_way(by.id) or NoticeWay(person_id=by.id)
        before = (chosen.way, chosen.address)
        chosen.way, chosen.address, chosen.since = way, address, clock.now()
        session().add(chosen)
        if before != (way, address) and way is not Way.PAGE:
            session().flush()  # what is told next already goes the new way
            notices.tell([by.id], f"消息提醒方式已改为“{way.label}”，邮件寄到 {address}", "/notices/way")


@dataclass(frozen=True)
class HookDraft:
    """A robot as it is typed; an empty address or secret leaves what is stored."""

    name: str
    format: HookFormat
    url: str
    secret: str
    kinds: Collection[NoticeKind]
    enabled: bool
    unsigned: bool = False


def add_webhook(draft: HookDraft, options: Settings, *, by: Person) -> int:
    """A new robot. Raises `Refused` for a server that the operators have not named."""
    check_server(origin_of(draft.url), options.robots)
    with transaction() as work:
        hook = Webhook(
            name=draft.name, format=draft.format, url=draft.url, secret=draft.secret, kinds=_kinds(draft),
            enabled=draft.enabled, since=clock.now(),
        )  # fmt: skip
        work.add(hook)
        work.flush()
        history.record("webhook", hook.id, "add", f"新增消息机器人“{hook.name}”（{hook.format.label}）", by=by)
        return hook.id


def edit_webhook(webhook_id: int, draft: HookDraft, seen: int, options: Settings, *, by: Person) -> None:
    """Change a robot. What came while it was off is not said later. Raises `Conflict`, `Refused`."""
    if draft.url:
        check_server(origin_of(draft.url), options.robots)
    with transaction():
        hook = store.locked_webhook(webhook_id)
        stored = _record(hook.name, hook.format, hook.kinds, hook.enabled)
        typed = _record(draft.name, draft.format, _kinds(draft), draft.enabled)
        editor = partial(history.last_said, "webhook", webhook_id, "edit", "add")
        check_seen(hook, seen, f"机器人“{hook.name}”", stored, typed, editor)
        if draft.enabled and not hook.enabled:
            hook.since = clock.now()
        hook.name, hook.format, hook.kinds, hook.enabled = draft.name, draft.format, _kinds(draft), draft.enabled
        hook.url = draft.url or hook.url
        hook.secret = "" if draft.unsigned else draft.secret or hook.secret
        keys = "，更换了地址或密钥" if draft.url or draft.secret or draft.unsigned else ""
        history.record("webhook", webhook_id, "edit", f"修改消息机器人“{hook.name}”{keys}", by=by, details=stored)


def try_webhook(webhook_id: int, *, by: Person) -> None:
    """Let the robot say that it works; the list tells whether it did."""
    hook = store.get_webhook(webhook_id)
    with transaction():
        jobs.enqueue(POST_WEBHOOK, hook.id, {"webhook": hook.id, "trial": True}, by=by)
        history.record("webhook", hook.id, "try", f"用消息机器人“{hook.name}”发送测试消息", by=by)


def _kinds(draft: HookDraft) -> str:
    return f",{','.join(kind.value for kind in NoticeKind if kind in draft.kinds)},"


def _record(name: str, hook_format: HookFormat, kinds: str, enabled: bool) -> dict[str, str]:
    """The robot as a comparison shows it, without its keys."""
    labels = "、".join(NoticeKind(kind).label for kind in kinds.split(",") if kind)
    return {"名称": name, "类型": hook_format.label, "消息": labels, "状态": "启用" if enabled else "停用"}
