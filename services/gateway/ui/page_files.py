"""Serves the page to browsers; everything it shows comes from the API, with the reader's own key.

The files are open to everyone who reaches the server, because a browser sends no key for them.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

from shared.http.middleware import App, Receive, Scope, Send, header

FOLDER = Path(__file__).parent / "static"
# The screens of the page (`ui/src/router.tsx`). Each is the same file, which looks at its address.
_SCREENS = re.compile(r"/(?:|upload|library|activity|settings|documents/[0-9a-f-]{36})")
_ASSET = re.compile(r"/assets/([A-Za-z0-9_.-]+)")
# Scripts, styles and requests of this server only, so that no text of a document can run or tell
# anyone what is read. Pictures of pages and original PDFs arrive as `blob:`.
_PRESSABLE = "sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o="  # the one style of react-aria
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        f"style-src 'self' '{_PRESSABLE}'",
        "img-src 'self' blob:",
        "object-src blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
# Names of assets have a hash of their content. The page itself is asked for each time.
_FOREVER = "public, max-age=31536000, immutable"
_EACH_TIME = "no-cache"
_COMPRESSED = ("text/", "application/javascript", "image/svg")


@dataclass(frozen=True)
class Route:
    """The path template of a file, which metrics use as a label."""

    path: str


@dataclass(frozen=True)
class PageFile:
    """A file as it is sent, also compressed if that makes it smaller."""

    content: bytes
    compressed: bytes | None
    media_type: str
    etag: str


@functools.lru_cache(maxsize=256)
def load(path: Path) -> PageFile:
    """Return a file of the build, read once."""
    content = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if media_type == "text/javascript":
        media_type = "application/javascript"
    is_text = media_type.startswith(_COMPRESSED)
    return PageFile(
        content,
        gzip.compress(content, mtime=0) if is_text else None,
        f"{media_type}; charset=utf-8" if is_text else media_type,
        f'"{hashlib.sha256(content).hexdigest()[:32]}"',
    )


class PageFiles:
    """Answers GET and HEAD of the page's addresses from `folder` and passes on all others."""

    def __init__(self, app: App, folder: Path = FOLDER) -> None:
        self._app = app
        self._folder = folder
        self._names = {path.name for path in (folder / "assets").iterdir()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._find(scope) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        path, template = found
        scope["route"] = Route(template)
        await _send_file(scope, send, load(path), _FOREVER if "assets" in template else _EACH_TIME)

    def _find(self, scope: Scope) -> tuple[Path, str] | None:
        if scope["method"] not in ("GET", "HEAD"):
            return None
        if _SCREENS.fullmatch(scope["path"]):
            return self._folder / "index.html", "/"
        asset = _ASSET.fullmatch(scope["path"])
        if asset and asset[1] in self._names:
            return self._folder / "assets" / asset[1], "/assets/{name}"
        return None


async def _send_file(scope: Scope, send: Send, file: PageFile, caching: str) -> None:
    headers = [
        (b"content-type", file.media_type.encode()),
        (b"etag", file.etag.encode()),
        (b"cache-control", caching.encode()),
        (b"content-security-policy", _POLICY.encode()),
        (b"vary", b"accept-encoding"),
    ]
    known = (header(scope, b"if-none-match") or b"").decode("latin-1")
    if file.etag in (each.strip().removeprefix("W/") for each in known.split(",")):
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    body = file.content
    if file.compressed is not None and b"gzip" in (header(scope, b"accept-encoding") or b""):
        body = file.compressed
        headers.append((b"content-encoding", b"gzip"))
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
