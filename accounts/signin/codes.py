"""The secrets behind dynamic codes (RFC 6238), and recovery codes.

No secret is stored. It is computed from a random salt by the key of the application, so whoever has only the database,
or a copy of it, has no code of anybody; and with another key no code fits any more (docs/decisions/0011).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Final

import pyotp
import segno

from accounts.signin.rules import RECOVERY_CODES, STEP_SECONDS

ISSUER: Final = "用款计划申报系统"
_SECRET_BYTES: Final = 20  # as long as the SHA-1 of the standard; every authenticator knows this and nothing else
# Signs that nobody mistakes for another when they are copied from paper; 16 of them are 79 bits.
_SIGNS: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_GROUP: Final = 4
_GROUPS: Final = 4


def new_salt() -> str:
    """From what a new secret follows; by itself it is worth nothing."""
    return secrets.token_hex(16)


def key_mark(app_key: str) -> str:
    """Tells one key of the application from another, and nothing about it."""
    return _keyed(app_key, "which key").hex()[:16]


def secret_of(app_key: str, person_id: int, salt: str) -> str:
    """The secret of a person's authenticator, in the letters that it is typed in (base 32)."""
    return base64.b32encode(_keyed(app_key, f"{person_id}:{salt}")[:_SECRET_BYTES]).decode()


def _keyed(app_key: str, text: str) -> bytes:
    own = hmac.digest(app_key.encode(), b"usage-plans dynamic codes 1", hashlib.sha256)
    return hmac.digest(own, text.encode(), hashlib.sha256)


def matching(secret: str, code: str, steps: Iterable[int]) -> list[int]:
    """Those of these half minutes whose code it is; every one is compared, in steady time."""
    hotp = pyotp.HOTP(secret)
    return [step for step in steps if hmac.compare_digest(hotp.at(step), code)]


def picture_of(secret: str, username: str) -> str:
    """The QR code that an authenticator scans, as an address of a picture."""
    uri = pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=username, issuer_name=ISSUER)
    return segno.make(uri, error="l", micro=False).svg_data_uri(scale=4, border=4)


def in_groups(text: str) -> str:
    """In groups of four, to be typed off."""
    return " ".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))


def new_recovery_codes() -> list[str]:
    """Codes such as K7MV-D3WT-X9PH-C4NQ, each good once."""
    return ["-".join(_group() for _ in range(_GROUPS)) for _ in range(RECOVERY_CODES)]


def _group() -> str:
    return "".join(secrets.choice(_SIGNS) for _ in range(_GROUP))


def hash_of_recovery(person_id: int, code: str) -> str:
    """The stored form of a normalised recovery code. It is too long to be guessed, so a fast hash will do."""
    return hashlib.sha256(f"{person_id}:{code}".encode()).hexdigest()
