"""The official client of OpenAI gets the vectors that documents are searched with."""

from __future__ import annotations

from collections.abc import AsyncIterator

import numpy as np
import openai
import pytest

from shared.settings import Settings
from tests.embedded.test_openai_clients import client_of, with_alarms
from tests.support.system import SystemClient

TEXTS = ["The alarm delay is 20 minutes.", "A pump is checked every 30 days."]


@pytest.fixture
async def system(settings: Settings) -> AsyncIterator[SystemClient]:
    async with with_alarms(settings) as client:
        yield client


async def test_texts_have_the_encoders_vectors_in_their_order(system: SystemClient) -> None:
    create = client_of(system).embeddings.create
    # Without a format the client asks for base64 and decodes it.
    packed = await create(model="quire", input=TEXTS)
    plain = await create(model="quire", input=TEXTS, encoding_format="float")
    found = np.array([each.embedding for each in packed.data], np.float32)
    assert np.allclose(found, [each.embedding for each in plain.data], atol=1e-6)
    assert [each.index for each in packed.data] == [0, 1]
    assert np.allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-4)
    assert packed.usage.prompt_tokens == packed.usage.total_tokens > 10
    single = await create(model=packed.model, input=TEXTS[1], dimensions=found.shape[1])
    assert np.allclose(single.data[0].embedding, found[1], atol=1e-2)


async def test_what_the_encoder_does_not_do_is_refused(system: SystemClient) -> None:
    create = client_of(system).embeddings.create
    with pytest.raises(openai.NotFoundError, match="`quire`"):
        await create(model="text-embedding-3-small", input="a")
    with pytest.raises(openai.UnprocessableEntityError, match="dimensions"):
        await create(model="quire", input="a", dimensions=3)
    with pytest.raises(openai.UnprocessableEntityError, match=r"input\.1: has \d+ tokens"):
        await create(model="quire", input=["short", "word " * 6_000])
    for wrong in ("", [], ["a"] * 257, [[1, 2]]):
        with pytest.raises(openai.UnprocessableEntityError):
            await create(model="quire", input=wrong)  # type: ignore[arg-type]
