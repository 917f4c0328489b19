"""Recognises the text of pages that are pictures; `open_recogniser` opens the configured engine."""

from __future__ import annotations

from services.extractor.recognition.base import Recogniser, UnknownLanguage, chosen_languages
from shared.domain.errors import SettingsError
from shared.settings import Settings


def open_recogniser(settings: Settings) -> Recogniser | None:
    """Return the engine of the settings, blocking; None if there is none.

    SettingsError: the engine that is asked for, or a language of the settings, is not installed.
    """
    from services.extractor.recognition.tesseract import find_tesseract

    if settings.ocr == "off":
        return None
    found = find_tesseract(
        page_seconds=settings.ocr_page_seconds, memory_mb=settings.parser_memory_mb
    )
    if found is None:
        if settings.ocr == "tesseract":
            raise SettingsError(
                "QUIRE_OCR is `tesseract`, but that program is not installed. Install the package"
                " tesseract-ocr, or set QUIRE_OCR=auto."
            )
        return None
    try:
        chosen_languages(found, "", settings.ocr_languages)
    except UnknownLanguage as error:
        raise SettingsError(
            f"QUIRE_OCR_LANGUAGES: {error} On Debian that is the package tesseract-ocr-LANGUAGE."
        ) from None
    return found
