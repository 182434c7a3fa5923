"""Settings from the environment, with the embedded defaults of `./run serve`."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MEGABYTE = 1024 * 1024
# How the way to the mail server is kept, each with the port that is usual for it.
TLS = {"starttls": 587, "ssl": 465, "off": 25}
_ADDRESS = re.compile(r"[!-~]+@[!-~]+")
# Where the group robots of 企业微信, 钉钉 and 飞书 take messages.
ROBOTS = ("https://qyapi.weixin.qq.com", "https://oapi.dingtalk.com", "https://open.feishu.cn")
_BUCKET = re.compile(r"s3://(?P<name>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?P<prefix>/[A-Za-z0-9_./-]*)?")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")


@dataclass(frozen=True)
class Mail:
    """The mail server, and the addresses outside of the house that keep the seals."""

    to: tuple[str, ...] = ()
    host: str = ""
    port: int = TLS["starttls"]
    sender: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    tls: str = "starttls"

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> Mail:
        """Read YK_SEAL_MAIL_TO and YK_SMTP_*. Raises ValueError when they cannot be meant."""
        tls = env.get("YK_SMTP_TLS", cls.tls)
        if tls not in TLS:
            raise ValueError(f"YK_SMTP_TLS is one of {', '.join(TLS)}")
        user = env.get("YK_SMTP_USER", "")
        sender = env.get("YK_SMTP_FROM", user)
        to = tuple(dict.fromkeys(filter(None, map(str.strip, env.get("YK_SEAL_MAIL_TO", "").split(",")))))
        for address in (*to, *filter(None, [sender if to else ""])):
            if not _ADDRESS.fullmatch(address):
                raise ValueError(f"“{address}” in YK_SEAL_MAIL_TO or YK_SMTP_FROM is no mail address")
        return cls(
            to=to,
            host=env.get("YK_SMTP_HOST", ""),
            port=int(env.get("YK_SMTP_PORT", TLS[tls])),
            sender=sender,
            user=user,
            password=env.get("YK_SMTP_PASSWORD", ""),
            tls=tls,
        )


@dataclass(frozen=True)
class Bucket:
    """A bucket of an S3-compatible store, where files lie instead of in the data folder."""

    name: str
    prefix: str = ""
    endpoint: str = ""
    region: str = "us-east-1"
    access_key: str = ""
    secret_key: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> Bucket | None:
        """Read YK_FILES and YK_FILES_*; None for the data folder. Raises ValueError when they cannot be meant."""
        place, endpoint = env.get("YK_FILES", ""), env.get("YK_FILES_ENDPOINT", "").rstrip("/").lower()
        if not place:
            return None
        found = _BUCKET.fullmatch(place)
        if not found:
            raise ValueError("YK_FILES is s3://bucket or s3://bucket/prefix")
        if endpoint and not _ORIGIN.fullmatch(endpoint):
            raise ValueError("YK_FILES_ENDPOINT is https://host or https://host:port")
        return cls(
            name=found["name"],
            prefix=(found["prefix"] or "").strip("/"),
            endpoint=endpoint,
            region=env.get("YK_FILES_REGION", cls.region),
            access_key=env.get("YK_FILES_ACCESS_KEY", ""),
            secret_key=env.get("YK_FILES_SECRET_KEY", ""),
        )


@dataclass(frozen=True)
class Settings:
    """What differs between a demo on a laptop and a bureau's server."""

    data: Path
    database_url: str
    secret_key: str
    migration_url: str = ""
    role_prefix: str = "yk"
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
    mail: Mail = Mail()
    # Under which address people reach the system, for links in messages; '' for messages without links.
    address: str = ""
    # The servers to which messages of groups may go, each as scheme and host.
    robots: tuple[str, ...] = ROBOTS
    # From which hour of a working day on the daily summary of messages is mailed.
    digest_hour: int = 8
    # Where the virus scanner listens, as unix:/path or host:port; '' for none.
    clamd: str = ""
    # Where files lie; None for the data folder.
    bucket: Bucket | None = None
    # The file of the master keys that stored files are sealed under; None to store them as they are.
    files_key: Path | None = None
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
            migration_url=env.get("YK_MIGRATION_URL", ""),
            role_prefix=env.get("YK_ROLE_PREFIX", cls.role_prefix),
            secret_key=env.get("YK_SECRET_KEY") or _kept_secret(folder / "secret_key"),
            division_code=env.get("YK_DIVISION_CODE", cls.division_code),
            division_name=env.get("YK_DIVISION_NAME", cls.division_name),
            trusted_hosts=tuple(hosts.split(",")) if hosts else cls.trusted_hosts,
            secure_cookies=env.get("YK_SECURE_COOKIES") == "1",
            mail=Mail.from_environment(env),
            address=env.get("YK_ADDRESS", "").rstrip("/"),
            robots=_robots(env.get("YK_ROBOT_SERVERS")),
            digest_hour=_hour(env.get("YK_DIGEST_HOUR")),
            clamd=_clamd(env.get("YK_CLAMD", "")),
            bucket=Bucket.from_environment(env),
            files_key=Path(env["YK_FILES_KEY"]) if env.get("YK_FILES_KEY") else None,
        )


def _robots(text: str | None) -> tuple[str, ...]:
    """The servers for messages of groups. Raises ValueError when one is no scheme and host."""
    if text is None:
        return ROBOTS
    found = tuple(part.strip().rstrip("/").lower() for part in text.split(",") if part.strip())
    for origin in found:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(f"“{origin}” in YK_ROBOT_SERVERS is no https://host")
    return found


def _clamd(text: str) -> str:
    """Where the virus scanner listens. Raises ValueError when it is no place."""
    if text and not re.fullmatch(r"unix:/.+|[^/]+:[0-9]{1,5}", text):
        raise ValueError("YK_CLAMD is unix:/path or host:port")
    return text


def _hour(text: str | None) -> int:
    """The hour of the daily summary. Raises ValueError when it is none."""
    hour = int(text) if text else Settings.digest_hour
    if not 0 <= hour <= 23:
        raise ValueError("YK_DIGEST_HOUR is an hour from 0 to 23")
    return hour


def _kept_secret(path: Path) -> str:
    """A random key kept in a file that only its owner may read, made at the first start."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), encoding="utf-8")
    return path.read_text(encoding="utf-8")
