"""Settings from the environment, with the embedded defaults of `./run serve`."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Settings:
    """What differs between a demo on a laptop and a bureau's server."""

    data: Path
    database_url: str
    secret_key: str
    division_code: str = "420303000"
    division_name: str = "张湾区"
    trusted_hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")
    secure_cookies: bool = False
    idle_minutes: int = 30
    absolute_hours: int = 10
    argon2_memory_kib: int = 46 * 1024
    argon2_passes: int = 1
    form_limit: int = 2 * MEGABYTE
    upload_limit: int = 50 * MEGABYTE
    extra: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def from_environment(cls, data: Path | None = None) -> Settings:
        """Read YK_* variables; `data` (a folder) wins over YK_DATA, which defaults to ./data."""
        env = os.environ
        folder = (data or Path(env.get("YK_DATA", "data"))).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        hosts = env.get("YK_TRUSTED_HOSTS")
        return cls(
            data=folder,
            database_url=env.get("YK_DATABASE_URL", f"sqlite:///{folder / 'usage_plans.db'}"),
            secret_key=env.get("YK_SECRET_KEY") or _kept_secret(folder / "secret_key"),
            division_code=env.get("YK_DIVISION_CODE", cls.division_code),
            division_name=env.get("YK_DIVISION_NAME", cls.division_name),
            trusted_hosts=tuple(hosts.split(",")) if hosts else cls.trusted_hosts,
            secure_cookies=env.get("YK_SECURE_COOKIES") == "1",
        )


def _kept_secret(path: Path) -> str:
    """A random key kept in a file that only its owner may read, made at the first start."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), encoding="utf-8")
    return path.read_text(encoding="utf-8")
