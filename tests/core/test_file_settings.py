"""Where files lie and what they are sealed under, as the environment says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import blobs
from core.folders import LocalFiles
from core.objects import BucketFiles
from core.sealing import Sealing
from core.settings import Bucket, Settings
from core.stores import Plain

ENVIRONMENT = {
    "YK_FILES": "s3://papers/zhangwan/files/", "YK_FILES_ENDPOINT": "https://S3.bureau.example:9000/",
    "YK_FILES_REGION": "hubei", "YK_FILES_ACCESS_KEY": "house", "YK_FILES_SECRET_KEY": "secret",
}  # fmt: skip


def test_the_environment_names_a_bucket_works() -> None:
    bucket = Bucket.from_environment(ENVIRONMENT)
    assert bucket == Bucket(
        "papers", "zhangwan/files", "https://s3.bureau.example:9000", "hubei", "house", "secret"
    )
    assert "secret" not in repr(bucket)
    assert Bucket.from_environment({}) is None
    assert Bucket.from_environment({"YK_FILES": "s3://papers"}) == Bucket("papers")


@pytest.mark.parametrize(
    "wrong", [{"YK_FILES": "papers"}, {"YK_FILES": "s3://"}, {"YK_FILES": "s3://A b"}, {"YK_FILES": "/srv/files"},
              {"YK_FILES_ENDPOINT": "s3.bureau.example"}, {"YK_FILES_ENDPOINT": "https://house:secret@s3.example"}],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_at_the_start(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="YK_FILES"):
        Bucket.from_environment(ENVIRONMENT | wrong)


def test_each_setting_opens_its_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "keys").write_text("0" * 64, encoding="ascii")
    monkeypatch.delenv("YK_FILES", raising=False)
    monkeypatch.delenv("YK_FILES_KEY", raising=False)
    plain = blobs.open_files(Settings.from_environment(tmp_path))
    assert (type(plain), type(plain.seals)) == (LocalFiles, Plain)
    monkeypatch.setenv("YK_FILES", "s3://papers")
    monkeypatch.setenv("YK_FILES_KEY", str(tmp_path / "keys"))
    sealed = blobs.open_files(Settings.from_environment(tmp_path))
    assert (type(sealed), type(sealed.seals)) == (BucketFiles, Sealing)
