"""How large a request may be: pages that take files take large ones, all others small ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from core import web
from core.settings import MEGABYTE, Settings


@pytest.fixture
def small(tmp_path: Path) -> Flask:
    """An application of two pages that read their form, CSRF on; only /files takes files."""
    app = Flask(__name__, template_folder=str(tmp_path))
    (tmp_path / "error.html").write_text("{{ status }} {{ sentence }}", encoding="utf-8")
    web.configure(app, Settings(data=tmp_path, database_url="sqlite://", secret_key="only for tests"))

    @app.post("/files")
    @web.large_upload
    def files() -> str:
        return _size()

    @app.post("/plain")
    def plain() -> str:
        return _size()

    return app


def _size() -> str:
    return str(len(request.files["file"].read()))


def _send(client: FlaskClient, path: str) -> Any:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.xlsx"\r\n\r\n'
    body = head + bytes(3 * MEGABYTE) + b"\r\n--x--\r\n"
    return client.post(path, data=body, content_type="multipart/form-data; boundary=x")


def test_a_file_beyond_the_form_limit_reaches_a_marked_page_works(small: Flask) -> None:
    small.config["WTF_CSRF_ENABLED"] = False
    assert _send(small.test_client(), "/files").get_data(as_text=True) == str(3 * MEGABYTE)


def test_the_same_file_is_too_large_for_any_other_page(small: Flask) -> None:
    assert _send(small.test_client(), "/plain").status_code == 413


@pytest.mark.parametrize("csrf", [True, False])
def test_a_declared_200_megabytes_get_a_chinese_sentence(small: Flask, csrf: bool) -> None:
    small.config["WTF_CSRF_ENABLED"] = csrf
    declared = {"CONTENT_LENGTH": str(200 * MEGABYTE), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    answer = small.test_client().post("/files", environ_overrides=declared)
    assert answer.status_code == 413
    assert "上传的内容过大" in answer.get_data(as_text=True)
