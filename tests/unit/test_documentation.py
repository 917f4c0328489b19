"""Links and paths in the documentation exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *(ROOT / folder / "README.md" for folder in ("bench", "deploy/k8s", "samples")),
]
# The steps of a document and of a question name files relative to their service.
BELOW = (ROOT, ROOT / "services/extractor", ROOT / "services/query")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_to_files(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    relative = [link for link in links if "://" not in link]
    assert [link for link in relative if not (page.parent / link).exists()] == []


def test_paths_in_the_architecture_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    paths = set(re.findall(r"`([\w.-]+/[\w./-]*)`", text))
    assert len(paths) > 20
    assert [path for path in paths if not any((below / path).exists() for below in BELOW)] == []


def test_every_promise_of_security_names_its_test() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    promises = text.partition("## Promises")[2].partition("## Not promised")[0]
    rows = [line for line in promises.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 10
    assert [row for row in rows if row.count("](tests/") == 0 and "---" not in row] == []


def test_make_security_runs_tests_that_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    listed = makefile.partition("SECURITY_TESTS :=")[2].partition("\n\n")[0]
    tests = re.findall(r"tests/\S+\.py", listed)
    assert len(tests) > 10
    assert [test for test in tests if not (ROOT / test).is_file()] == []
