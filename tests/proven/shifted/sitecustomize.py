"""Python imports this by itself when the folder is on its path: the clock of a real server, set to the cast's day."""

import os
from datetime import UTC, datetime, timedelta

from core import clock

_shift = timedelta(seconds=float(os.environ.get("YK_TEST_CLOCK_SHIFT", "0")))


def _now() -> datetime:
    return datetime.now(UTC) + _shift


clock.now = _now
