"""Routes of operators: verification, health, metrics, API description, mounted query service."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from services.gateway import openapi
from shared.domain.errors import Unavailable
from tests.support.gateway import Gateway, Operated, gateway, served
from tests.support.http_client import API
from tests.support.wait import until


class Box(BaseModel):
    """A model with the name of a gateway model but other fields."""

    corners: list[float]


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Gateway]:
    async with gateway(tmp_path) as started:
        yield started


async def test_operations_run_one_at_a_time(gate: Gateway) -> None:
    operated = gate.deps.operations
    assert isinstance(operated, Operated)
    first = asyncio.create_task(gate.http.post(f"{API}/ops/verify?repair=true"))
    await until(lambda: bool(operated.asked))
    second = await gate.http.post(f"{API}/ops/rebuild-index")
    assert (second.status_code, second.json()["code"]) == (409, "conflict")
    operated.gate.set()
    assert (await first).json() == {"ok": True, "checks": []}
    assert operated.asked == [True]
    assert (await gate.http.post(f"{API}/ops/rebuild-index")).json() == {"vectors": 0}


@pytest.mark.parametrize("path", ["/api/v1/query", "/api/v1/query/retrieve", "/api/v1/query/logs"])
async def test_questions_are_passed_to_the_query_service(gate: Gateway, path: str) -> None:
    response = await gate.http.post(path)
    assert response.text == path
    assert response.headers["x-correlation-id"]


async def test_only_question_routes_are_passed_to_the_query_service(gate: Gateway) -> None:
    assert (await gate.http.get("/api/v1/queryx")).status_code == 404


async def test_metrics_count_stored_documents_and_tasks(gate: Gateway) -> None:
    await gate.upload()
    lines = (await gate.http.get("/metrics")).text.splitlines()
    assert 'quire_documents{status="pending"} 1.0' in lines
    assert 'quire_documents{status="completed"} 0.0' in lines
    assert 'quire_tasks{status="pending",task_type="extract"} 1.0' in lines


async def test_metrics_are_served_without_a_database(
    gate: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unavailable(*_: object) -> None:
        raise Unavailable

    monkeypatch.setattr(gate.deps.database, "read", unavailable)
    assert (await gate.http.get("/metrics")).status_code == 200


async def test_requests_for_the_api_description_are_counted_by_route(gate: Gateway) -> None:
    await gate.http.get("/openapi.json")
    text = (await gate.http.get("/metrics")).text
    assert 'method="GET",route="/openapi.json",status="200"' in text


async def test_the_api_description_lists_all_routes(gate: Gateway) -> None:
    described = (await gate.http.get("/openapi.json")).json()
    promised = {
        "/api/v1/documents/upload": {"post"},
        "/api/v1/processing/status/{document_id}": {"get"},
        "/api/v1/documents": {"get"},
        "/api/v1/documents/{document_id}": {"get", "patch", "delete"},
        "/api/v1/documents/{document_id}/chunks": {"get"},
        "/api/v1/documents/{document_id}/tasks": {"get"},
        "/api/v1/documents/{document_id}/file": {"get"},
        "/api/v1/documents/{document_id}/reprocess": {"post"},
        "/api/v1/documents/{document_id}/cancel": {"post"},
        "/api/v1/events": {"get"},
        "/healthz": {"get"},
        "/readyz": {"get"},
        "/metrics": {"get"},
    }
    for path, methods in promised.items():
        assert methods <= set(described["paths"][path]), path
    for path, operations in described["paths"].items():
        for operation in operations.values():
            assert "application/problem+json" in operation["responses"]["default"]["content"], path


async def test_the_api_description_includes_the_query_service(gate: Gateway) -> None:
    query = FastAPI()

    @query.get("/api/v1/query/box")
    async def box() -> Box:
        return Box(corners=[])

    described = openapi.merged(gate.app, query)
    answer = described["paths"]["/api/v1/query/box"]["get"]["responses"]["200"]
    named = answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    schemas = described["components"]["schemas"]
    assert "corners" in schemas[named]["properties"]
    assert "x0" in schemas["Box"]["properties"]
    assert openapi.render(described) == openapi.render(openapi.merged(gate.app, query))


async def test_every_operation_refuses_unknown_query_parameters(gate: Gateway) -> None:
    described = (await gate.http.get("/openapi.json")).json()
    for path, operations in described["paths"].items():
        if not path.startswith(API):
            continue  # probes and scrapers may add parameters of their own
        for method in operations:
            address = re.sub(r"\{number\}", "1", path)
            address = re.sub(r"\{[^}]+\}", str(uuid.uuid4()), address)
            response = await gate.http.request(method, f"{address}?colection=hr")
            assert response.status_code == 400, (method, path)
            assert "`colection`" in response.json()["detail"]


async def test_the_description_says_which_routes_need_a_key(gate: Gateway) -> None:
    described = (await gate.http.get("/openapi.json")).json()
    open_paths = {
        path
        for path, operations in described["paths"].items()
        if any(each.get("security") == [] for each in operations.values())
    }
    assert open_paths == {"/healthz", "/readyz"}


async def test_head_is_answered_over_a_socket(gate: Gateway) -> None:
    document_id = (await gate.upload()).json()["document_id"]
    paths = ["/healthz", f"{API}/documents", f"{API}/documents/{document_id}/file", f"{API}/events"]
    async with served(gate) as url, httpx.AsyncClient(base_url=url, trust_env=False) as http:
        for path in paths:
            response = await http.head(path)
            assert (response.status_code, response.content) == (200, b""), path
