"""No regular expression of the code takes longer than in proportion to a hostile text.

Every compiled expression of a module is found by importing the module, every other one by reading
its source. Each is run on texts made for it. Only growth counts: doubling a text may not treble the
processor time, so a slow machine does not fail the test.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import signal
import time
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import services
import shared
from services.query.answers import definitions
from tests.support.hostile_text import hostile_texts

Pattern = re.Pattern[Any]

LENGTHS = (30, 1_500, 3_000)
# Processor time, in seconds, that is too little to tell growth by: to read 3,000 characters once
# takes a hundredth of it.
NOTHING_S = 0.01
# An expression that takes longer is stopped: exponential ones would never end.
STOP_S = 0.5
METHODS = {"match", "fullmatch", "search", "finditer", "findall", "sub", "subn", "split"}
# Expressions of constants (a list that a module keeps, one class of characters), and one of the
# escaped words of a question, which has its own test below.
DYNAMIC = {
    "services.query.answers.definitions",
    "services.query.answers.expected",
    "services.query.wording",
}


class TooSlow(Exception):
    pass


def modules() -> Iterator[ModuleType]:
    for package in (shared, services):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            # Migrations are run by Alembic alone.
            if ".migrations." not in found.name:
                yield importlib.import_module(found.name)


def patterns_in(value: object, depth: int = 0) -> Iterator[Pattern]:
    """Yield the expressions in a value, also in collections of them."""
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 3 and isinstance(value, dict | list | tuple | set | frozenset):
        for each in value.values() if isinstance(value, dict) else value:
            yield from patterns_in(each, depth + 1)


def named_patterns(module: ModuleType) -> Iterator[tuple[str, Pattern]]:
    for name, value in vars(module).items():
        if inspect.isclass(value) and value.__module__ == module.__name__:
            for inner in vars(value).values():
                yield from ((name, each) for each in patterns_in(inner))
        yield from ((name, each) for each in patterns_in(value))


@cache
def trees() -> dict[str, ast.Module]:
    return {
        module.__name__: ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8"))
        for module in modules()
        if (module.__file__ or "").endswith(".py")
    }


@cache
def uses() -> dict[str, dict[str, set[str]]]:
    """Return for each module the methods called on each name; `search` if it is used otherwise."""
    return {module: _uses_in(tree) for module, tree in trees().items()}


def _uses_in(tree: ast.Module) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    called: set[int] = set()
    for node in ast.walk(tree):  # breadth first, so an attribute comes before its name
        match node:
            case ast.Attribute(value=ast.Name(id=name) as inner, attr=method):
                found[name].add(method if method in METHODS else "search")
                called.add(id(inner))
            case ast.Name(id=name, ctx=ast.Load()) if id(node) not in called:
                found[name].add("search")
    return found


def methods_of(name: str, module: str) -> set[str]:
    """Return the methods called on a module's name there, and where the name is imported."""
    imported = [
        used[name]
        for place, used in uses().items()
        if name in used and (place == module or name in _imported(place))
    ]
    return set().union(*imported) or {"search"}


@cache
def _imported(module: str) -> set[str]:
    nodes = ast.walk(trees()[module])
    found = [each.names for each in nodes if isinstance(each, ast.ImportFrom)]
    return {alias.name for names in found for alias in names}


def inline_calls() -> Iterator[tuple[str, ast.Call, str]]:
    """Yield the calls like `re.match(…)` and, inside functions, `re.compile(…)`."""
    for module, tree in trees().items():
        functions = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)]
        inside = {id(node) for each in functions for node in ast.walk(each)}
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=method)):
                    if method in METHODS or (method == "compile" and id(node) in inside):
                        yield module, node, method


def cases() -> Iterator[tuple[str, Pattern, set[str]]]:
    """Yield place, expression and methods of every expression of the code."""
    seen: set[Pattern] = set()
    for module in modules():
        for name, pattern in named_patterns(module):
            if pattern not in seen:
                seen.add(pattern)
                yield f"{module.__name__}.{name}", pattern, methods_of(name, module.__name__)
    for module_name, call, method in inline_calls():
        match call.args[0]:
            case ast.Constant(value=str() as text):
                yield f"{module_name}:{call.lineno}", re.compile(text), {method}


def seconds(pattern: Pattern, method: str, text: str) -> float:
    """Return the processor time of one call, at most about `STOP_S`."""

    def stop(*_: object) -> None:
        raise TooSlow

    subject: Any = text.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else text
    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, STOP_S)
    began = time.thread_time()
    try:
        if method in ("match", "fullmatch"):
            getattr(pattern, method)(subject)
        else:
            for _ in pattern.finditer(subject):
                pass
    except TooSlow:
        return STOP_S
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return time.thread_time() - began


def explodes(pattern: Pattern, method: str) -> str:
    """Return the beginning of a text on which the time grows faster than its length, or ""."""
    shortest, half, whole = LENGTHS
    if any(_least(pattern, method, text) > NOTHING_S for text in hostile_texts(pattern, shortest)):
        return "a text of 30 characters"
    for short, long in zip(
        hostile_texts(pattern, half), hostile_texts(pattern, whole), strict=True
    ):
        spent = seconds(pattern, method, long)
        if spent >= STOP_S or (spent > NOTHING_S and _grows(pattern, method, short, long)):
            return long[:60]
    return ""


def _grows(pattern: Pattern, method: str, short: str, long: str) -> bool:
    """Return whether doubling trebles the time."""
    once, twice = (_least(pattern, method, text) for text in (short, long))
    return twice > NOTHING_S and twice > 3 * once


def _least(pattern: Pattern, method: str, text: str) -> float:
    """Return the least time of some runs, for garbage collection and others interrupt them."""
    first = seconds(pattern, method, text)
    again = range(6 if first > NOTHING_S else 0)
    return min([first, *(seconds(pattern, method, text) for _ in again)])


def test_every_expression_takes_time_in_proportion_to_the_text() -> None:
    explosive = {
        f"{place} ({method})": text
        for place, pattern, methods in cases()
        for method in methods
        if (text := explodes(pattern, method))
    }
    assert not explosive


@pytest.mark.parametrize(
    ("source", "method"),
    [
        (r" {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$", "match"),
        (r"\W*(?:page)?\W*\d*\W*(?:of)?\W*\d*\W*$", "match"),
        (r"[^\w]*(?:\d[\d.,\s]*|-{1,3})[^\w]*%?[^\w]*$", "match"),
        (r"(\S+)$", "search"),
        (r"(?:a+)+b", "match"),
        (r"\s+and\s+", "search"),
    ],
)
def test_known_explosions_are_found(source: str, method: str) -> None:
    assert explodes(re.compile(source), method)


@pytest.mark.parametrize("question", ["What is a cold chain alarm?", "What does MTTR mean?"])
def test_the_expression_for_a_definition_takes_time_in_proportion(question: str) -> None:
    pattern = definitions._pattern(question)
    assert pattern is not None
    assert not explodes(pattern, "search")


def test_no_expression_is_made_of_text_at_run_time() -> None:
    made = {
        f"{module}:{call.lineno}"
        for module, call, _ in inline_calls()
        if not isinstance(call.args[0], ast.Constant) and module not in DYNAMIC
    }
    assert not made
