"""What the tests of form keys share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.core.forms import add_view, telling


@pytest.fixture
def lin(app: Flask, sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    """林, signed in where POST /sample tells its reader something."""
    add_view(app, telling)
    return sign_in("lin")
