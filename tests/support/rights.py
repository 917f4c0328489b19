"""Two collections with the same kinds of objects in each, for tests of rights."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

from services.gateway.batch_ids import batch_id_of
from tests.support import system as kit
from tests.support.archives import zipped
from tests.support.system import API, SystemClient

ROOT = "root-key"
OWN, FOREIGN = "own", "foreign"


@dataclass
class Matrix:
    """A system with two collections, a caller of each kind, and the ids of one document in each."""

    client: SystemClient
    ids: dict[str, dict[str, str]] = field(default_factory=dict)

    async def call(self, key: str, method: str, path: str, **given: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {key}"}
        return await self.client.http.request(method, path, headers=headers, **given)

    async def root(self, method: str, path: str, **given: Any) -> dict[str, Any]:
        answer = await self.call(ROOT, method, f"{API}{path}", **given)
        assert answer.is_success, answer.text
        return dict(answer.json()) if answer.content else {}


def document(collection: str) -> bytes:
    return (
        f"# Alarm of {collection}\n\nThe alarm code of the {collection} freezer is"
        f" {collection.upper()}-7731.\n"
    ).encode()


async def filled(made: Matrix, collection: str) -> dict[str, str]:
    """Upload a document, in an archive, and return the ids of all that belongs to it."""
    answer = await made.call(
        ROOT,
        "POST",
        f"{API}/documents/upload",
        files={"file": ("a.zip", zipped({f"{collection}.md": document(collection)}))},
        data={"collection": collection},
    )
    parent_id = answer.json()["document_id"]

    async def is_done(document_id: str) -> bool:
        status = await made.root("GET", f"/processing/status/{document_id}")
        return status["status"] == "completed"

    await kit.until(lambda: is_done(parent_id))
    children = await made.root("GET", f"/documents?parent_id={parent_id}")
    document_id = children["documents"][0]["document_id"]
    await kit.until(lambda: is_done(document_id))
    chunks = await made.root("GET", f"/documents/{document_id}/chunks")
    question = {"query": "alarm code", "document_ids": [document_id]}
    asked = await made.root("POST", "/query", json=question)
    talk = await made.root("POST", "/conversations", json={"title": collection})
    holder = "holder"
    if collection == OWN:
        await made.root("POST", "/principals", json={"name": holder})
    grant = await made.root(
        "POST", "/grants", json={"collection": collection, "principal": holder, "right": "read"}
    )
    return {
        "document_id": document_id,
        "file_id": document_id,
        "vector_store_id": collection,
        "batch_id": batch_id_of([uuid.UUID(document_id)]),
        "parent_id": parent_id,
        "chunk_id": chunks["chunks"][0]["chunk_id"],
        "celery_task_id": "none",
        "number": "1",
        "query_id": asked["query_id"],
        "conversation_id": talk["conversation_id"],
        "name": collection,
        "grant_id": grant["grant_id"],
        "key_id": (await made.root("POST", "/keys", json={"principal": holder}))["key_id"],
        "principal_id": grant["principal_id"],
        "group_id": (await made.root("POST", "/groups", json={"name": f"g-{collection}"}))[
            "group_id"
        ],
    }
