"""A measurement continues when the server refuses a file."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from bench.api import Api
from bench.load import upload_all
from bench.reading import read
from shared.encoders import EncoderOptions
from shared.encoders.options import tokenizer_path
from tests.support.encoders import HAS_WEIGHTS, NO_WEIGHTS


class Picky(BaseHTTPRequestHandler):
    """Accepts `good.txt` and refuses every other file."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        good = b'filename="good.txt"' in body
        self.send_response(HTTPStatus.ACCEPTED if good else HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        self.end_headers()
        self.wfile.write(b'{"document_id": "d1"}' if good else b'{"detail": "No such files here."}')

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Picky) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_refused_file_does_not_stop_the_others(url: str, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("bad.pdf", "good.txt", "worse.pdf")]
    for path in paths:
        path.write_text("words")
    with Api(url) as api:
        sent = upload_all(api, paths)
    assert sent.ids == ["d1"]
    assert len(sent.seconds) == 1
    assert sent.refused == [
        "bad.pdf: No such files here.",
        "worse.pdf: No such files here.",
    ]


@pytest.mark.skipif(not HAS_WEIGHTS, reason=NO_WEIGHTS)
def test_the_baseline_encodes_the_text_that_the_server_encodes(tmp_path: Path) -> None:
    path = tmp_path / "labels.md"
    path.write_text("# Storage\n\nIt is yellow.\n\n## Expired\n\n" + "It is red. " * 90)
    drafts = read(str(path), str(tokenizer_path(EncoderOptions()))).drafts
    assert drafts is not None
    assert drafts[0].content.startswith("labels")
    assert drafts[-1].content.startswith("labels. Storage. Expired\n")
