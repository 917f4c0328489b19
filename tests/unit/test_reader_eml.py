"""The content of e-mails and web archives."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from services.extractor.document import Block, ReaderLimits
from services.extractor.readers import eml
from shared.domain.errors import Bomb, Corrupt, Encrypted
from tests.support.readers import LIMITS, options


def read(folder: Path, content: bytes) -> list[Block]:
    path = folder / "f.eml"
    path.write_bytes(content)
    pages = eml.read(path, options("eml"), LIMITS)
    return [block for page in pages for block in page.blocks]


def said(folder: Path, content: bytes) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in read(folder, content)]


def message(subject: str = "Leave", text: str = "One.\n\nTwo\nlines.") -> EmailMessage:
    made = EmailMessage()
    made["From"] = "Ada Löwe <ada@example.org>"
    made["To"] = "bob@example.org"
    made["Date"] = "Mon, 02 Mar 2026 09:30:00 +0000"
    made["Subject"] = subject
    made.set_content(text)
    return made


HEAD = [
    ("field", "From: Ada Löwe <ada@example.org>"),
    ("field", "To: bob@example.org"),
    ("field", "Date: Mon, 02 Mar 2026 09:30:00 +0000"),
]


def test_subject_people_date_and_paragraphs_are_read(tmp_path: Path) -> None:
    assert said(tmp_path, bytes(message("Größe ✓"))) == [
        ("heading", "Größe ✓"),
        *HEAD,
        ("paragraph", "One."),
        ("paragraph", "Two\nlines."),
    ]


def test_of_several_versions_the_richest_is_read(tmp_path: Path) -> None:
    made = message()
    made.add_alternative("<p>Rich</p><table><tr><th>a<th>b<tr><td>1<td>2</table>", subtype="html")
    blocks = read(tmp_path, bytes(made))[len(HEAD) + 1 :]
    assert [block.text or block.rows for block in blocks] == ["Rich", (("a", "b"), ("1", "2"))]


def test_attachments_are_named_and_texts_and_e_mails_among_them_are_read(tmp_path: Path) -> None:
    made = message(text="See below.")
    made.add_attachment(b"%PDF" * 700, maintype="application", subtype="pdf", filename="Plan ü.pdf")
    made.add_attachment("Item one", filename="list.txt")
    made.add_attachment(message("Older", "Before."))
    blocks = read(tmp_path, bytes(made))
    assert [(block.kind, block.text) for block in blocks[4:]] == [
        ("paragraph", "See below."),
        ("field", "Attachment: Plan ü.pdf (application/pdf, 3 KiB)"),
        ("heading", "Attachment: list.txt"),
        ("paragraph", "Item one"),
        ("heading", "Older"),
        *HEAD,
        ("paragraph", "Before."),
    ]
    assert [block.level for block in blocks if block.kind == "heading"] == [1, 2, 2]


def test_the_page_of_a_web_archive_is_read_without_its_pictures(tmp_path: Path) -> None:
    content = (
        b"From: <Saved by a browser>\nSubject: A page\nMIME-Version: 1.0\n"
        b'Content-Type: multipart/related; boundary="x"\n\n--x\nContent-Type: text/html; '
        b"charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n<h2>Caf=C3=A9</h2>open\n"
        b"--x\nContent-Type: image/png\nContent-Location: a.png\n\nxx\n--x--\n"
    )
    assert said(tmp_path, content)[2:] == [("heading", "Café"), ("paragraph", "open")]


def test_a_document_within_the_text_of_an_e_mail_is_an_attachment(tmp_path: Path) -> None:
    related = (
        b'Subject: s\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary="x"\n\n'
        b"--x\nContent-Type: text/html\n\n<p>open</p>\n"
        b"--x\nContent-Type: image/png; name=a.png\nContent-ID: <1>\n\nxx\n"
        b"--x\nContent-Type: application/javascript; name=a.js\n\nxx\n"
        b"--x\nContent-Type: application/pdf; name=plan.pdf\nContent-ID: <2>\n"
        b"Content-Disposition: inline; filename=plan.pdf\n\n%PDF\n--x--\n"
    )
    assert said(tmp_path, related)[-1] == ("field", "Attachment: plan.pdf (application/pdf, 1 KiB)")
    assert {one.path for one in eml.members(tmp_path / "f.eml", LIMITS)} == {"plan.pdf"}


def test_an_attachment_beyond_what_an_upload_may_hold_is_refused_alone(tmp_path: Path) -> None:
    mail = message()
    for name, size in (("big.bin", 2 * 1024 * 1024), ("small.bin", 1_000), ("more.bin", 1_000)):
        mail.add_attachment(
            bytes(size), maintype="application", subtype="octet-stream", filename=name
        )
    path = tmp_path / "f.eml"
    path.write_bytes(bytes(mail))
    limits = ReaderLimits(max_members_mb=1, max_members=1)
    told = {one.path: one.refusal and one.refusal[0] for one in eml.members(path, limits)}
    assert told == {"big.bin": "too_large", "small.bin": None, "more.bin": "too_large"}


@pytest.mark.parametrize(
    ("charset", "data"), [("iso-8859-1", b"Gr\xf6\xdfe"), ("no-such", b"Gr\xf6\xdfe")]
)
def test_a_text_of_any_encoding_is_read(tmp_path: Path, charset: str, data: bytes) -> None:
    head = f"Subject: s\nContent-Type: text/plain; charset={charset}\n\n".encode()
    assert said(tmp_path, head + data)[-1] == ("paragraph", "Größe")


def test_an_encrypted_e_mail_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Encrypted):
        read(tmp_path, b"Content-Type: application/pkcs7-mime\nMIME-Version: 1.0\n\nxx")


def nested(depth: int) -> bytes:
    parts = "".join(
        f'Content-Type: multipart/mixed; boundary="b{at}"\n\n--b{at}\n' for at in range(depth)
    )
    return f"Subject: s\nMIME-Version: 1.0\n{parts}Content-Type: text/plain\n\ndeep".encode()


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (nested(3), None),
        (nested(5_000), Corrupt),
        (b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\ndeep\n" * 2_000, Bomb),
        (b"Subject: " + b"x" * 1_000_000 + b"\n\ndeep", None),
        (b"Subject: =?utf-8?b?////?=\nDate: nonsense\nTo: <<<>\nFrom: @@\n\ndeep", None),
        (b"\x00\xff\n\ndeep", None),
        (b"deep", None),
    ],
)
def test_hostile_e_mails_are_read_or_refused(
    tmp_path: Path, content: bytes, error: type[Exception] | None
) -> None:
    if error is not None:
        with pytest.raises(error):
            read(tmp_path, content)
        return
    assert "deep" in said(tmp_path, content)[-1][1]
