"""The official client of OpenAI uploads files, attaches them to vector stores and removes both."""

from __future__ import annotations

from collections.abc import AsyncIterator

import openai
import pytest
from openai.types import VectorStore

from shared.settings import Settings
from tests.embedded.test_openai_clients import client_of, with_alarms
from tests.support.system import SystemClient

PUMPS = ("pumps.md", b"# Pumps\n\nThe pump P-7 is checked every 30 days.\n")
VALVES = ("valves.md", b"# Valves\n\nThe valve V-3 opens at 4 bar.\n")


@pytest.fixture
async def system(settings: Settings) -> AsyncIterator[SystemClient]:
    async with with_alarms(settings) as client:
        yield client


@pytest.fixture
async def client(system: SystemClient) -> openai.AsyncOpenAI:
    return client_of(system)


@pytest.fixture
async def store(client: openai.AsyncOpenAI) -> VectorStore:
    return await client.vector_stores.create(name="Support FAQ")


async def test_a_file_is_uploaded_attached_and_read(
    client: openai.AsyncOpenAI, store: VectorStore
) -> None:
    attached = await client.vector_stores.files.upload_and_poll(
        vector_store_id=store.id, file=PUMPS
    )
    assert (attached.status, attached.last_error) == ("completed", None)
    text = await client.vector_stores.files.content(attached.id, vector_store_id=store.id)
    assert "checked every 30 days" in "".join(each.text or "" for each in text.data)
    shown = await client.vector_stores.retrieve(store.id)
    assert (shown.id, shown.name, shown.status) == ("support-faq", "support-faq", "completed")
    assert (shown.file_counts.completed, shown.file_counts.total) == (1, 1)
    assert shown.usage_bytes == len(PUMPS[1])
    file = await client.files.retrieve(attached.id)
    assert (file.filename, file.status, file.bytes) == ("pumps.md", "processed", len(PUMPS[1]))
    assert (await client.files.content(attached.id)).content == PUMPS[1]


async def test_an_empty_store_exists_and_a_taken_name_gets_a_suffix(
    client: openai.AsyncOpenAI, store: VectorStore
) -> None:
    assert (store.status, store.file_counts.total) == ("completed", 0)
    second = await client.vector_stores.create(name="Support FAQ")
    assert second.id.startswith("support-faq-")
    listed = [each.id async for each in client.vector_stores.list(limit=1)]
    assert {"cold", store.id, second.id} <= set(listed)
    assert len(listed) == len(set(listed))


async def test_what_a_collection_has_no_place_for_is_refused(
    client: openai.AsyncOpenAI, store: VectorStore
) -> None:
    assert (await client.vector_stores.update(store.id, name=store.name)).id == store.id
    with pytest.raises(openai.UnprocessableEntityError, match="can't be changed"):
        await client.vector_stores.update(store.id, name="Other")
    with pytest.raises(openai.UnprocessableEntityError, match="attributes"):
        await client.vector_stores.create(name="x", metadata={"a": "b"})
    with pytest.raises(openai.UnprocessableEntityError):
        await client.vector_stores.create(
            name="x", expires_after={"anchor": "last_active_at", "days": 1}
        )
    with pytest.raises(openai.UnprocessableEntityError, match="purpose"):
        await client.files.create(file=PUMPS, purpose="batch")


async def test_attributes_are_metadata(
    client: openai.AsyncOpenAI, system: SystemClient, store: VectorStore
) -> None:
    file = await client.files.create(file=PUMPS, purpose="assistants")
    attached = await client.vector_stores.files.create_and_poll(
        file.id, vector_store_id=store.id, attributes={"year": 2024}
    )
    assert attached.attributes == {"year": 2024}
    changed = await client.vector_stores.files.update(
        file.id, vector_store_id=store.id, attributes={"year": 2025, "final": True}
    )
    assert changed.attributes == {"year": 2025, "final": True}
    document = (await system.http.get(f"/api/v1/documents/{file.id}")).json()
    assert (document["collection"], document["metadata"]["year"]) == ("support-faq", 2025)


async def test_a_file_has_one_store_until_it_is_detached(
    client: openai.AsyncOpenAI, store: VectorStore
) -> None:
    file = await client.files.create(file=PUMPS, purpose="assistants")
    files = client.vector_stores.files
    await files.create_and_poll(file.id, vector_store_id=store.id)
    with pytest.raises(openai.ConflictError, match="`support-faq`"):
        await files.create("cold", file_id=file.id)
    with pytest.raises(openai.NotFoundError):
        await files.retrieve(file.id, vector_store_id="cold")
    assert (await files.delete(file.id, vector_store_id=store.id)).deleted
    with pytest.raises(openai.NotFoundError):
        await files.retrieve(file.id, vector_store_id=store.id)
    moved = await files.create("cold", file_id=file.id)
    assert moved.vector_store_id == "cold"


async def test_a_removed_store_leaves_its_files(
    client: openai.AsyncOpenAI, system: SystemClient, store: VectorStore
) -> None:
    attached = await client.vector_stores.files.upload_and_poll(
        vector_store_id=store.id, file=PUMPS
    )
    assert (await client.vector_stores.delete(store.id)).deleted
    with pytest.raises(openai.NotFoundError):
        await client.vector_stores.retrieve(store.id)
    document = (await system.http.get(f"/api/v1/documents/{attached.id}")).json()
    assert document["collection"] == "default"
    assert (await client.files.delete(attached.id)).deleted
    with pytest.raises(openai.APIStatusError) as gone:
        await client.files.retrieve(attached.id)
    assert gone.value.status_code == 410


async def test_an_upload_into_a_removed_collection_makes_it_again(
    client: openai.AsyncOpenAI, system: SystemClient, store: VectorStore
) -> None:
    async def upload(file: tuple[str, bytes]) -> None:
        answer = await system.http.post(
            "/api/v1/documents/upload", files={"file": file}, data={"collection": store.id}
        )
        assert answer.status_code == 202

    await upload(PUMPS)
    await client.vector_stores.delete(store.id)
    await upload(VALVES)
    again = await client.vector_stores.retrieve(store.id)
    assert again.file_counts.total == 1


async def test_a_batch_attaches_files_together(
    client: openai.AsyncOpenAI, store: VectorStore
) -> None:
    batches = client.vector_stores.file_batches
    files = [await client.files.create(file=each, purpose="user_data") for each in (PUMPS, VALVES)]
    batch = await batches.create_and_poll(store.id, file_ids=[each.id for each in files])
    assert (batch.status, batch.file_counts.completed) == ("completed", 2)
    listed = [each.id async for each in batches.list_files(batch.id, vector_store_id=store.id)]
    assert listed == [each.id for each in files]
    assert (await batches.cancel(batch.id, vector_store_id=store.id)).status == "completed"
    for other in ("vsfb_AAAA", "vsfb_!", "7"):
        with pytest.raises(openai.NotFoundError):
            await batches.retrieve(other, vector_store_id=store.id)


async def test_files_are_listed_page_by_page_in_both_orders(
    client: openai.AsyncOpenAI, store: VectorStore
) -> None:
    for file in (PUMPS, VALVES):
        await client.vector_stores.files.upload_and_poll(vector_store_id=store.id, file=file)
    names = [each.filename async for each in client.files.list(limit=1)]
    assert names == ["valves.md", "pumps.md", "alarms.md"]
    listed = client.vector_stores.files.list
    newest = [each.id async for each in listed(store.id, limit=1)]
    oldest = [each.id async for each in listed(store.id, limit=1, order="asc")]
    assert len(newest) == 2
    assert newest == oldest[::-1]
    assert [each async for each in listed(store.id, filter="failed")] == []
    assert [each async for each in client.files.list(purpose="batch")] == []


async def test_errors_have_the_shape_of_openai(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as refused:
        await client.vector_stores.retrieve("none")
    error = refused.value
    assert (error.code, error.type) == ("not_found", "invalid_request_error")
    assert error.body == {
        "message": error.response.json()["detail"],
        "type": "invalid_request_error",
        "param": None,
        "code": "not_found",
    }
    wrong = openai.AsyncOpenAI(
        api_key="wrong", base_url=client.base_url, http_client=client._client
    )
    with pytest.raises(openai.AuthenticationError) as unknown:
        await wrong.files.list()
    assert unknown.value.type == "authentication_error"
