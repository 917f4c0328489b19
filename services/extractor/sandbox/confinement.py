"""What confines the readers of this process: the rules in force, and whether they suffice."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from services.extractor.sandbox.confine import REQUIRED, RULES
from shared.domain.errors import SettingsError
from shared.telemetry.metrics import SANDBOX_RULES

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Confinement:
    """The rules in force, and what a restricted process could reach all the same."""

    in_force: tuple[str, ...] = ()
    reached: tuple[str, ...] = ()

    @classmethod
    def of(cls, in_force: Sequence[str], reached: Sequence[str]) -> Confinement:
        """Return a confinement with the rules in their usual order."""
        return cls(tuple(rule for rule in RULES if rule in in_force), tuple(reached))

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the required rules that are not in force."""
        return tuple(rule for rule in REQUIRED if rule not in self.in_force)

    def require(self) -> None:
        """Raise SettingsError if a required rule is missing or something can be reached."""
        if self.missing or self.reached:
            missing = ", ".join(self.missing) or "none"
            reached = ", ".join(self.reached) or "nothing"
            raise SettingsError(
                "This system can't confine the processes that read documents (missing:"
                f" {missing}; still reached: {reached}), so no document would be read safely. Run"
                " Quire on Linux 4.14 or later on x86_64 or aarch64, where seccomp is allowed, or"
                " set QUIRE_SANDBOX=best to read documents all the same, if you trust all of them."
            )

    def report(self) -> None:
        """Write the rules to the log and the metrics."""
        for rule in RULES:
            SANDBOX_RULES.labels(rule).set(rule in self.in_force)
        complete = not (self.missing or self.reached)
        log.log(
            logging.INFO if complete else logging.WARNING,
            "readers are confined" if complete else "readers are not fully confined",
            extra={"in_force": list(self.in_force), "missing": list(self.missing),
                   "reached": list(self.reached)},
        )  # fmt: skip
