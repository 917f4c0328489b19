"""Archives and e-mails with files in them, the same bytes each time."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage


def zipped(files: dict[str, bytes]) -> bytes:
    """Return a ZIP archive of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def mail(subject: str, files: dict[str, bytes]) -> bytes:
    """Return an e-mail with these attachments."""
    message = EmailMessage()
    message["Subject"] = subject
    message["From"], message["To"] = "Ada <ada@example.org>", "Ben <ben@example.org>"
    message["Message-ID"] = "<1@example.org>"
    message.set_content(f"This is about the {subject}.")
    for name, data in files.items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    boundary = "part"
    message.set_boundary(boundary)
    return message.as_bytes()
