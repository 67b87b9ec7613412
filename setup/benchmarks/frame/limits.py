"""Many figures that have one limit each and nothing to stand beside."""

from __future__ import annotations

from typing import NamedTuple


class Figures(NamedTuple):
    """What was measured of one thing: the median, the lowest and the highest."""

    median: float
    low: float
    high: float


class Limits:
    """Figures of several things, all of which have to stay below the same limit."""

    def __init__(self, title: str, unit: str, limit: float, figures: dict[str, Figures]):
        if not figures:
            raise ValueError("nothing was measured")
        self.title, self.unit, self.limit = title, unit, limit
        self.figures = dict(sorted(figures.items(), key=lambda one: -one[1].median))

    @property
    def met(self) -> bool:
        return all(one.median < self.limit for one in self.figures.values())

    def as_json(self) -> dict:
        figures = {name: one._asdict() for name, one in self.figures.items()}
        return {"title": self.title, "unit": self.unit, "limit": self.limit, "figures": figures, "met": self.met}

    def lines(self) -> list[str]:
        """The figures for people, the highest first."""
        width = max(map(len, self.figures))
        told = [f"  {self.title}, in {self.unit}", f"    {'':<{width}}  {'median':>8}  {'lowest–highest':>18}"]
        for name, one in self.figures.items():
            spread = f"{one.low:.2f}–{one.high:.2f}"
            mark = "" if one.median < self.limit else "  above"
            told.append(f"    {name:<{width}}  {one.median:>8.2f}  {spread:>18}{mark}")
        return [*told, f"    goal < {self.limit:g} {self.unit} each: {'met' if self.met else 'MISSED'}"]
