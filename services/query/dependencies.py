"""The settings and adapters that the query service is given."""

from __future__ import annotations

from dataclasses import dataclass

from services.query.read_models.follower import Follower
from services.query.retrieval.dense import InMemory, VectorSearch
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
