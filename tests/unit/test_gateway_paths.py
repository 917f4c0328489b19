"""What a request costs, and which service answers it, follow from its path."""

from __future__ import annotations

import pytest

from services.gateway.app import _kind_of, is_asking

STORE = "/v1/vector_stores/handbooks"


@pytest.mark.parametrize(
    ("method", "path", "kind", "asks"),
    [
        ("POST", "/api/v1/query", "question", True),
        ("POST", "/v1/chat/completions", "question", True),
        ("POST", "/v1/embeddings", "question", True),
        ("POST", f"{STORE}/search", "question", True),
        ("POST", STORE, "", False),
        ("POST", f"{STORE}/files", "", False),
        ("GET", f"{STORE}/files/search", "", False),
        ("POST", "/v1/vector_stores/search", "", False),
        ("POST", "/v1/files", "upload", False),
        ("GET", "/v1/files", "", False),
        ("POST", "/api/v1/documents/upload", "upload", False),
        ("GET", "/api/v1/documents", "", False),
        ("GET", "/v1/models", "", True),
        ("GET", "/v1/modelsx", "", False),
        ("GET", "/metrics", None, False),
    ],
)
def test_the_path_says_what_a_request_costs_and_who_answers(
    method: str, path: str, kind: str | None, asks: bool
) -> None:
    assert _kind_of({"method": method, "path": path}) == kind
    assert is_asking(path) is asks
