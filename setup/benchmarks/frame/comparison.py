"""What a benchmark has to say: two sides, their ratio, and whether the goal was met."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Goal:
    """A bound on the ratio of ours to the anchor: `at_most` for times, `at_least` for rates."""

    at_most: float | None = None
    at_least: float | None = None

    def __post_init__(self):
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError("a goal has one bound")

    def met(self, ratio: float) -> bool:
        return ratio <= self.at_most if self.at_most is not None else ratio >= self.at_least

    def __str__(self) -> str:
        sign, bound = ("≤", self.at_most) if self.at_most is not None else ("≥", self.at_least)
        return f"{sign} {bound:g}"


@dataclass(frozen=True)
class Side:
    """What was measured of one side, in the unit of its comparison."""

    name: str
    value: float
    """The figure that the ratio is made of, usually a median."""
    low: float
    high: float
    """The lowest and the highest round."""
    further: dict[str, float] = field(default_factory=dict)
    """Other figures by name, such as the 95th percentile or the processor time; in the unit of the comparison unless
    the name tells another."""
    rounds: tuple[float, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """Ours beside the anchor in one run; without a goal it is told for information."""

    title: str
    unit: str
    anchor: Side
    ours: Side
    ratio: float
    """Ours to the anchor."""
    ratio_low: float
    ratio_high: float
    """The lower and upper quartile of the ratios of single rounds."""
    goal: Goal | None = None
    further_ratios: dict[str, float] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        return self.goal.met(self.ratio) if self.goal else None

    def as_json(self) -> dict:
        return {**asdict(self), "met": self.met}

    def lines(self) -> list[str]:
        """The comparison for people."""
        columns = list(self.anchor.further)
        width = max(len(self.anchor.name), len(self.ours.name), 5)
        head = f"    {'':<{width}}  {'median':>8}  {'lowest–highest round':>21}"
        told = [f"  {self.title}, in {self.unit}", head + "".join(f"  {name:>12}" for name in columns)]
        for side in (self.anchor, self.ours):
            spread = f"{side.low:.2f}–{side.high:.2f}"
            told.append(
                f"    {side.name:<{width}}  {side.value:>8.2f}  {spread:>21}"
                + "".join(f"  {side.further[name]:>12.2f}" for name in columns)
            )
        spread = f"{self.ratio_low:.3f}–{self.ratio_high:.3f}"
        told.append(
            f"    {'ratio':<{width}}  {self.ratio:>8.3f}  {spread:>21}"
            + "".join(f"  {self.further_ratios.get(name, float('nan')):>12.3f}" for name in columns)
        )
        told.append(f"    {self._verdict()}")
        return told

    def _verdict(self) -> str:
        if not self.goal:
            return "no goal: for information"
        return f"goal {self.goal} × {self.anchor.name}: {'met' if self.met else 'MISSED'}"
