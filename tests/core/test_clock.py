"""The clock: UTC inside, Shanghai for people, stoppable."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from core import clock


def test_now_is_aware_and_in_utc() -> None:
    assert clock.now().tzinfo is UTC
    assert abs(datetime.now(UTC) - clock.now()) < timedelta(seconds=5)


def test_the_business_day_begins_at_midnight_in_shanghai() -> None:
    with clock.stopped(datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)):
        assert clock.today() == date(2026, 11, 30)
    with clock.stopped(datetime(2026, 11, 30, 16, 0, tzinfo=UTC)):
        assert clock.today() == date(2026, 12, 1)


def test_a_shanghai_moment_is_eight_hours_ahead() -> None:
    moment = clock.at(2026, 11, 20, 10, 30)
    assert moment == datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
    assert moment.tzinfo is UTC
    assert f"{clock.local(moment):%H:%M %Z}" == "10:30 Asia/Shanghai"


def test_a_stopped_clock_stands_and_goes_on() -> None:
    moment = datetime(2026, 11, 20, 12, 0, tzinfo=timezone(timedelta(hours=5)))
    with clock.stopped(moment):
        assert clock.now() == moment
        assert clock.now().tzinfo is UTC
        with clock.stopped(moment + timedelta(days=1)):
            assert clock.now() == moment + timedelta(days=1)
        assert clock.now() == moment
    assert clock.now() != moment


def test_a_stopped_clock_goes_on_after_a_failure() -> None:
    with pytest.raises(ZeroDivisionError), clock.stopped(clock.at(2000, 1, 1)):
        raise ZeroDivisionError
    assert clock.now().year > 2000
