"""The settings and adapters that the query service is given."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.query.answers.llm import ChatModel
from services.query.read_models.follower import Follower
from services.query.retrieval.dense import InMemory, VectorSearch
from services.query.streams.base import AnswerStreams
from services.query.streams.memory import MemoryStreams
from shared.blobs.base import Blobs
from shared.database.base import Database
from shared.encoders.base import AsyncEncoder
from shared.encoders.pictures import PictureEncoder
from shared.encoders.rescoring import Rescorer
from shared.http.app import Ready
from shared.keywords.base import KeywordIndex
from shared.settings import Settings


@dataclass(frozen=True)
class QueryDeps:
    """The settings and adapters of the service."""

    settings: Settings
    database: Database
    index: VectorSearch
    vectors: InMemory
    encoder: AsyncEncoder
    ready: Ready
    keywords: KeywordIndex
    follower: Follower
    rescorer: Rescorer | None = None
    pictures: PictureEncoder | None = None
    blobs: Blobs | None = None
    model: ChatModel | None = None
    streams: AnswerStreams = field(default_factory=MemoryStreams)
