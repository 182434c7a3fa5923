"""What an address is, and what a robot says of messages."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from core.errors import Refused

_ADDRESS: Final = re.compile(r"[A-Za-z0-9._%+-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}")
LONGEST_ADDRESS: Final = 200
_MOST_NAMES: Final = 3


@dataclass(frozen=True)
class Told:
    """One message as it leaves: to whom it was said, what, and where it leads inside the system."""

    names: Sequence[str]
    text: str
    link: str = ""

    def line(self, base: str) -> str:
        """沈思远、秦川：区实验小学…待您股室初审 https://…"""
        names = "、".join(self.names[:_MOST_NAMES])
        if len(self.names) > _MOST_NAMES:
            names += f"等 {len(self.names)} 人"
        return f"{names}：{one_line(self.text)}{link_said(base, self.link)}"


def one_line(text: str) -> str:
    """The text without line breaks, which headers and lists would not bear."""
    return " ".join(text.split())


def link_said(base: str, link: str) -> str:
    """The link as people can open it, behind a space; '' where the house has told no address."""
    return f" {base}{link}" if base and link else ""


def check_address(address: str) -> None:
    """A mail address as servers take it. Raises `Refused`."""
    if len(address) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(address):
        raise Refused(f"“{address[:60]}”不是有效的邮件地址，请写成 name@example.gov.cn 的样子。")


def check_server(origin: str, servers: Collection[str]) -> None:
    """Robots live on servers that the operators have named. Raises `Refused`."""
    if origin not in servers:
        known = "、".join(servers) or "（未配置）"
        raise Refused(f"机器人地址须以下列服务器开头：{known}；其他服务器请先由运维人员在 YK_ROBOT_SERVERS 中登记。")


def group_text(place: str, told: Sequence[Told], base: str, most_bytes: int) -> str:
    """What a robot says of several messages, no longer than it may be."""
    said = f"【用款计划】{place}"
    for number, one in enumerate(told):
        left = f"\n另有 {len(told) - number} 条，请登录系统查看。"
        line = f"\n· {one.line(base)}"
        room = most_bytes - len(left.encode()) if number + 1 < len(told) else most_bytes
        if len((said + line).encode()) > room:
            return said + (left if number else cut(line, most_bytes - len(said.encode())))
        said += line
    return said


def cut(text: str, most_bytes: int) -> str:
    """The beginning of the text, in so many bytes of UTF-8."""
    return text if len(text.encode()) <= most_bytes else text.encode()[: most_bytes - 3].decode(errors="ignore") + "…"
