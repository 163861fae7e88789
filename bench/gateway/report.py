"""The lines that the benchmark prints as it goes, and whether a floor was missed."""

from __future__ import annotations


class Report:
    """Figures as they come. `missed`: the floors and expectations that did not hold."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def line(self, name: str, value: str) -> None:
        """One figure."""
        print(f"{name:<58}{value:>16}", flush=True)

    def floor(self, name: str, value: float, *, at_least: float | None = None, at_most: float | None = None) -> None:
        """A figure that has to be at least, or at most, so much."""
        good = (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
        bound = f"at least {at_least:g}" if at_least is not None else f"at most {at_most:g}"
        self.line(f"{name}, {bound}", f"{value:.2f}{'' if good else '  MISSED'}")
        if not good:
            self.missed.append(name)

    def expect(self, name: str, holds: bool) -> None:
        """Something without which the figures mean nothing."""
        if not holds and name not in self.missed:
            self.line(name, "NO")
            self.missed.append(name)
