"""Judges each file of an upload by itself: a refused one does not stop the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.gateway.schemas.documents import RefusedFile
from services.gateway.uploads.store import UploadedFile
from services.gateway.uploads.temp_file import TempFile
from shared.domain.errors import EmptyFile, PermanentError
from shared.files.file_type import file_type_of
from shared.http.problems import Problem, Refusal, problem_of


@dataclass(frozen=True)
class CheckedFiles:
    """The files of an upload that are stored, and the problems of the others."""

    accepted: list[UploadedFile]
    refused: list[RefusedFile]


def check_files(files: Sequence[TempFile]) -> CheckedFiles:
    """Complete the files on disk and detect their types; blocks.

    Refusal: no file is accepted; it is the problem of the first, and lists those of several.
    """
    accepted: list[UploadedFile] = []
    problems: list[tuple[str, Problem]] = []
    for file in files:
        try:
            accepted.append(_checked(file))
        except PermanentError as error:
            problems.append((file.name, problem_of(error)))
    refused = [RefusedFile.of(name, problem) for name, problem in problems]
    if not accepted:
        name, problem = problems[0]
        several = [one.model_dump(mode="json") for one in refused] if len(refused) > 1 else None
        members = {"file": name} | ({"refused": several} if several else {})
        raise Refusal(replace(problem, members=members))
    return CheckedFiles(accepted, refused)


def _checked(file: TempFile) -> UploadedFile:
    if not file.size:
        raise EmptyFile
    file.close()
    with file.path.open("rb") as handle:
        return UploadedFile(file, file_type_of(file.name, handle), file.sha256)
