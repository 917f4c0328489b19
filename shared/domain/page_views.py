"""What the gateway asks the extractor to make of one page of a stored file, and the answer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

# Bounds of what one page of a hostile file can make a server send.
MAX_WORDS = 20_000
MAX_WORD = 200  # characters
# Boxes that a picture marks; a chunk of the longest size has fewer printed lines.
MAX_MARKS = 400

PATH = "/page-views"
"""Path of the extractor's route, which takes a `PageViewRequest` and is not served to clients."""

Points = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
Place = tuple[Points, Points, Points, Points]
"""x0, y0, x1, y1 in points, from the upper left corner of the unrotated page."""


class PageViewRequest(BaseModel):
    """A picture of a page, or its words.

    `marks` are boxes that the picture shows, on the page as displayed if `marks_displayed`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    blob_key: str
    file_type: str
    page: int = Field(ge=1)
    view: Literal["picture", "words"]
    marks: tuple[Place, ...] = Field((), max_length=MAX_MARKS)
    marks_displayed: bool = False


class PageWord(BaseModel):
    """A word as it is printed, and the number of its line on the page."""

    text: str = Field(max_length=MAX_WORD)
    box: Place
    line: int = Field(ge=0)


class PageWords(BaseModel):
    """The words of a page in the order of the file. Sizes are those of the unrotated page."""

    width: Points = Field(description="Of the unrotated page, in points")
    height: Points
    rotation: Literal[0, 90, 180, 270] = Field(
        description="Degrees by which the page is turned clockwise to be displayed"
    )
    words: list[PageWord] = Field(max_length=MAX_WORDS)
