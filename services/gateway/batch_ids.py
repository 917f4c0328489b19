"""Ids of file batches: they name the files themselves, so that no batch needs to be stored.

An id opens nothing: what is shown of each file is bounded by the rights of the caller.
"""

from __future__ import annotations

import base64
import binascii
import time
import uuid
from collections.abc import Sequence

_PREFIX = "vsfb_"
_TIME_BYTES, _ID_BYTES = 5, 16


def batch_id_of(file_ids: Sequence[uuid.UUID], created_at: float | None = None) -> str:
    """Return the id of a batch of files, by default of one that is made now."""
    moment = int(time.time() if created_at is None else created_at)
    packed = moment.to_bytes(_TIME_BYTES) + b"".join(each.bytes for each in file_ids)
    return _PREFIX + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def read_batch_id(batch_id: str) -> tuple[int, list[str]] | None:
    """Return the time (Unix) and the files of a batch; None if it is no batch's id.

    >>> read_batch_id(batch_id_of([uuid.UUID(int=7)], 1700000000))
    (1700000000, ['00000000-0000-0000-0000-000000000007'])
    """
    text = batch_id.removeprefix(_PREFIX)
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    ids = packed[_TIME_BYTES:]
    if text == batch_id or not ids or len(ids) % _ID_BYTES:
        return None
    files = [str(uuid.UUID(bytes=ids[at : at + _ID_BYTES])) for at in range(0, len(ids), _ID_BYTES)]
    return int.from_bytes(packed[:_TIME_BYTES]), files
