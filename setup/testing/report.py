"""What is said at the end of `setup/test`, and whether all passed."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from .pytest_run import Outcome


@dataclass
class Report:
    """Collects how everything went."""

    outcomes: list[Outcome] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    """What went wrong outside of pytest."""
    skips: list[str] = field(default_factory=list)
    """What could not be tested here, and why."""
    durations: list[tuple[str, float]] = field(default_factory=list)
    engines: dict[str, str] = field(default_factory=dict)
    """Series that ran, and where their Odoo came from."""
    unavailable: dict[str, str] = field(default_factory=dict)
    """Series that could not be had, and why."""

    def add(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.durations.append((outcome.name, outcome.seconds))
        self.skips += [f"{outcome.name}: {skip}" for skip in outcome.skipped]
        if not outcome.closing:
            self.failures.append(f"{outcome.name}: pytest ended early (exit code {outcome.code}), see {outcome.log}")

    def passed(self) -> bool:
        """Whether everything that was to run did, and held. Under CI what was skipped did not."""
        return not (self.failures or any(outcome.code for outcome in self.outcomes) or (self.skips and under_ci()))

    def show(self) -> None:
        """Print the account; pytest's own closing lines come last."""
        print("\nHow long it took")
        for name, seconds in self.durations:
            print(f"  {seconds:7.1f} s  {name}")
        for title, lines in (
            ("Skipped, which counts as failed under CI" if under_ci() else "Skipped", self.skips),
            ("Failed outside of pytest", self.failures),
        ):
            if lines:
                print(f"\n{title}")
                for line in lines:
                    print(f"  {line}")
        print("\nOdoo series")
        for series, origin in self.engines.items():
            print(f"  {series} ran, from {origin}")
        for series, reason in self.unavailable.items():
            print(f"  {series} could not be had: {reason}")
        if not self.engines and not self.unavailable:
            print("  none was needed")
        print()
        for outcome in self.outcomes:
            print(f"{outcome.name}{'' if not outcome.code else ' FAILED'}, log: {outcome.log}")
            if outcome.closing:
                print(outcome.closing)


def under_ci() -> bool:
    """Whether a skip is a failure, because nobody reads the output to find it."""
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")
