"""The words of a page as clients see them."""

from __future__ import annotations

from pydantic import Field

from services.gateway.schemas.base import EXAMPLE_ID
from shared.domain.page_views import PageWords


class PageText(PageWords):
    """The words of one page, placed on the unrotated page as the boxes of citations are."""

    document_id: str = Field(examples=[EXAMPLE_ID])
    page: int
