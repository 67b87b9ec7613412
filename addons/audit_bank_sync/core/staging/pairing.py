"""Which of the entries that come are known: one to one, the likeliest first."""

from typing import NamedTuple

from ..bank_files import identity
from .candidates import Candidates


class Pair(NamedTuple):
    """``fresh``: index of the entry that came; ``known``: index of what it is or may be; ``same``: decided."""

    fresh: int
    known: int
    score: float
    reasons: list
    same: bool


def pairs(known, fresh, told_twice=(), elsewhere=(), told_alone=()):
    """Return a ``Pair`` for each of ``fresh`` that is, or may be, one of ``known`` (lists of ``identity.Keys``).

    ``told_twice``: indexes of those known that the bank may be telling of once more, as when a period is fetched again;
    of them, one that says exactly the same is the same, also where a bare amount and a day is all that was said.
    ``elsewhere``: indexes of those known that stand on a statement which goes on to this one, or from it; a bank books
    nothing on both, so that one of them is never decided to be the same, and at most doubtful.
    ``told_alone``: indexes of those known that no statement has shown, but a system has told of one by one. A statement
    will show each, so that an equal amount of the same day is doubtful at least, however little is said of either.

    Each known one is the same as one entry at most, and the other way round, so that two equal lines stay two. An entry
    that only may be known takes nothing away from others.
    """
    candidates, scored = Candidates(known, told_alone), []
    for index, keys in enumerate(fresh):
        for other in candidates.of(keys):
            if other in told_twice and known[other] == keys:
                scored.append(Pair(index, other, 1.0, ["says exactly the same"], True))
                continue
            score, reasons = identity.score(known[other], keys)
            if score < identity.MAYBE and other in told_alone and known[other].date == keys.date:
                score, reasons = identity.MAYBE, [*reasons, "no statement has shown it so far"]
            if score < identity.MAYBE:
                continue
            if other in elsewhere:
                reasons.append("but on the statement before or after")
            scored.append(Pair(index, other, score, reasons, score >= identity.SAME and other not in elsewhere))
    scored.sort(key=lambda pair: (-pair.score, pair.fresh, pair.known))
    found, taken = {}, set()
    for pair in scored:
        if pair.same and pair.fresh not in found and pair.known not in taken:
            found[pair.fresh] = pair
            taken.add(pair.known)
    for pair in scored:
        if pair.fresh not in found and pair.known not in taken:
            found[pair.fresh] = pair._replace(same=False)
    return list(found.values())
