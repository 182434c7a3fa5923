"""Argon2id hashes, with a hash to burn for unknown names so that they take as long."""

from __future__ import annotations

import secrets
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import Flask, current_app

from core.settings import Settings

# Letters and digits that nobody mistakes for another when they are copied from paper.
_SIGNS: Final = ("ABCDEFGHJKMNPQRSTUVWXYZ", "abcdefghjkmnpqrstuvwxyz", "23456789")


class Passwords:
    """The hasher of the running application."""

    def __init__(self, options: Settings) -> None:
        self._hasher = PasswordHasher(time_cost=options.argon2_passes, memory_cost=options.argon2_memory_kib)
        self._decoy = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """A salted hash to store."""
        return self._hasher.hash(password)

    def fits(self, password: str, stored: str | None) -> bool:
        """Whether the password fits; for None (no such account) the same work is done and the answer is no."""
        try:
            return self._hasher.verify(stored or self._decoy, password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def start(app: Flask, options: Settings) -> None:
    """Give the application its hasher."""
    app.extensions["passwords"] = Passwords(options)


def passwords() -> Passwords:
    """The hasher of the running application."""
    found: Passwords = current_app.extensions["passwords"]
    return found


def first_password() -> str:
    """A random password to hand over, good for one sign-in: four groups such as Kq7m-Vd3w-Tx9p-Hc4n."""
    groups = (f"{_sign(0)}{_sign(1)}{_sign(2)}{_sign(1)}" for _ in range(4))
    return "-".join(groups)


def _sign(kind: int) -> str:
    return secrets.choice(_SIGNS[kind])
