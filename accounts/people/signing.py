"""How somebody is named who acted, or sits, for another; pure as rules are."""

from __future__ import annotations


def signed(name: str, behalf_name: str | None = "") -> str:
    """张三; 张三（代李四） when he does it for another. The same words stand on every page and paper."""
    return f"{name}（代{behalf_name}）" if behalf_name else name
