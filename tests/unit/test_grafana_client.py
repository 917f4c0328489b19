"""The client of the pictures goes on where the server says no."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from bench.load import upload_all
from deploy.grafana.client import Client


class Picky(BaseHTTPRequestHandler):
    """A server that takes one file and refuses all others."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        good = b'filename="good.txt"' in body
        self.send_response(HTTPStatus.ACCEPTED if good else HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        self.end_headers()
        if good:
            self.wfile.write(b'{"document_id": "d1"}')

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Picky) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_file_that_is_refused_does_not_keep_others_back(url: str, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("bad.pdf", "good.txt", "worse.pdf")]
    for path in paths:
        path.write_text("words")
    with Client(url) as client:
        assert upload_all(client, paths)[0] == ["", "d1", ""]
