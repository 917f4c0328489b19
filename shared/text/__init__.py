"""Text helpers for documents and questions: sentence spans, normalisation, UTF-16 detection."""
