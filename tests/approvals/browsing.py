"""Asking for a page and sending a form, as a browser does, and what comes back."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient


def page(client: FlaskClient, path: str, status: int = 200, **headers: str) -> str:
    """The page at this address, which answers with this status."""
    answer = client.get(path, headers=headers)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def sent(client: FlaskClient, path: str, status: int, **data: Any) -> str:
    """The page that answers a form, or where it leads."""
    answer = client.post(path, data=data)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_data(as_text=True) if status != 302 else answer.location
