"""Where messages may go and when, as the environment says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.settings import ROBOTS, Settings


def test_the_environment_says_where_messages_may_go_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = Settings.from_environment(tmp_path)
    assert (usual.robots, usual.address, usual.digest_hour) == (ROBOTS, "", 8)
    monkeypatch.setenv("YK_ROBOT_SERVERS", "https://QYAPI.weixin.qq.com/, http://10.1.2.3:8080")
    monkeypatch.setenv("YK_ADDRESS", "https://plans.example/")
    monkeypatch.setenv("YK_DIGEST_HOUR", "7")
    said = Settings.from_environment(tmp_path)
    assert said.robots == ("https://qyapi.weixin.qq.com", "http://10.1.2.3:8080")
    assert (said.address, said.digest_hour) == ("https://plans.example", 7)
    monkeypatch.setenv("YK_ROBOT_SERVERS", "")
    assert Settings.from_environment(tmp_path).robots == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [("YK_ROBOT_SERVERS", "qyapi.weixin.qq.com"), ("YK_ROBOT_SERVERS", "https://a.example/path"),
     ("YK_DIGEST_HOUR", "24"), ("YK_DIGEST_HOUR", "early")],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(ValueError, match=r"YK_|early"):
        Settings.from_environment(tmp_path)
