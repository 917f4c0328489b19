"""Exit codes of the commands; an error is one sentence on standard error.

0  done
1  not done: a document failed, a check found problems, or the server refused
2  the command or the configuration is wrong
3  the server can't be reached
"""

from __future__ import annotations

import sys
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup

from shared.domain.errors import QuireError, SettingsError

OK, FAILED, USAGE, UNREACHABLE = range(4)


class CommandError(Exception):
    """The command failed; the user reads the message."""

    exit_code: ClassVar[int] = FAILED


class Refused(CommandError):
    """The server answered with a problem. `code` is the problem's stable code."""

    def __init__(self, message: str, *, code: str, status: int) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class Misused(CommandError):
    """The arguments are wrong or contradict each other."""

    exit_code = USAGE


class Unreachable(CommandError):
    """No server answers at the address."""

    exit_code = UNREACHABLE


class Commands(TyperGroup):
    """A group of commands whose errors end the process with their exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except CommandError as error:
            _end(str(error), error.exit_code)
        except SettingsError as error:
            _end(error.message, USAGE)
        except QuireError as error:
            _end(error.message, FAILED)


def _end(message: str, exit_code: int) -> None:
    print(f"quire: {message}", file=sys.stderr)
    raise typer.Exit(exit_code)
