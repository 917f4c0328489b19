"""What is accepted, and how documents are read and cut into chunks."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from shared.domain.file_types import OCR_LANGUAGES
from shared.settings.server import ServerSettings


class ReadingSettings(ServerSettings):
    """Uploads, parsers, recognition and chunks."""

    max_upload_mb: int = Field(2048, ge=1, description="Largest file that is accepted, in MiB")
    min_free_disk_mb: int = Field(
        256, ge=0, description="Disk space, in MiB, that uploads leave free; they get 507 beyond"
    )
    max_files_per_upload: int = Field(50, ge=1, description="Most files in one upload")
    max_pages: int = Field(10_000, ge=1, description="Most pages of a document")
    # Ten thousand pages of prose have 40,000 chunks; encoding 50,000 takes about 20 minutes.
    max_chunks: int = Field(50_000, ge=1, description="Most chunks of a document")
    max_members: int = Field(
        1_000, ge=0, description="Most documents made of the files in one archive or e-mail"
    )
    max_members_mb: int = Field(1_024, ge=1, description="Their largest size in all, in MiB")
    extractors: int = Field(1, ge=1, description="Documents read at the same time")
    # At most 1500 s: RabbitMQ closes a channel whose delivery is not acknowledged for 30 minutes.
    parser_seconds: int = Field(
        900, ge=1, le=1500, description="Longest time for reading one document"
    )
    parser_page_seconds: int = Field(60, ge=1, description="Longest time for reading one page")
    parser_memory_mb: int = Field(1024, ge=128, description="Most memory of one parser, in MiB")
    sandbox: Literal["required", "best"] = Field(
        "required",
        description="`required`: documents are read only where their parsers can be confined;"
        " `best`: read them with the rules that the system has",
    )
    ocr: Literal["auto", "off", "tesseract"] = Field(
        "auto",
        description="Program that recognises the text of scanned pages and pictures; auto:"
        " Tesseract if it is installed",
    )
    ocr_languages: str = Field(
        "eng",
        pattern=OCR_LANGUAGES,
        description="Languages of scanned pages, joined by `+`, as Tesseract names them; an upload"
        " can name its own",
    )
    # Four pages, each tried twice, are one delivery, which RabbitMQ lets run for 30 minutes.
    ocr_page_seconds: int = Field(
        120, ge=1, le=200, description="Longest time for recognising the text of one page"
    )
    recognisers: int = Field(1, ge=1, description="Pages recognised at the same time in each lane")
    chunk_tokens: int = Field(250, ge=32, le=8192, description="Most tokens of one chunk")
    chunk_overlap_tokens: int = Field(
        0, ge=0, description="Tokens of whole sentences that a chunk repeats from the previous one"
    )
