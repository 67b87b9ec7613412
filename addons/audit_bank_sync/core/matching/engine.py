"""The steps of a run, from lines and items to proposals. Nothing is written: the caller carries out what it chooses."""

import gc
from contextlib import contextmanager

from . import reasons
from .currencies import Rates
from .deciding import decided
from .gathering import gathered
from .internal import Own, repeats, transfers
from .items import OpenItems
from .learning import Learned
from .partners import Partners
from .proposing import Proposer
from .values import Kind, Level, Settings

_STEP = 1000


class DoubleId(ValueError):
    """Two lines or two items of one run have the same id."""


def match(lines, items, partners=(), *, settings=None, learned=None, rates=None, own=None, progress=None):
    """Return the proposals for bank lines by line id, the one meant for each first; empty where there is none.

    ``lines``: ``BankLine`` values of one company, on any of its accounts; ``items``: its ``OpenItem`` values;
    ``partners``: ``Partner`` values; ``settings``: ``Settings``; ``learned``: ``learning.Learned``; ``rates``:
    ``currencies.Rates``; ``own``: ``internal.Own``; ``progress``: called with lines done and lines in all.

    A proposal of several lines stands in the list of each. Time and memory grow with lines and items together, not
    with their product. Raises ``DoubleId``.
    """
    with _collector_at_rest():
        return _matched(lines, items, partners, settings, learned, rates, own, progress)


@contextmanager
def _collector_at_rest():
    """Keep the cyclic collector from walking through millions of plain values again and again: none is in a cycle."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _matched(lines, items, partners, settings, learned, rates, own, progress):
    lines, items = list(lines), list(items)
    settings = settings or Settings()
    _require_single_ids(lines, "line")
    _require_single_ids(items, "item")
    learned = learned or Learned()
    internal, internal_ids = transfers(lines, own or Own(), settings, items)
    suspects = repeats(lines, settings)
    proposer = Proposer(OpenItems(items, settings), Partners(partners, learned), learned, rates or Rates(), settings)
    open_lines, proposals, unexplained = {}, {}, {}
    for done, line in enumerate(lines):
        if progress and not done % _STEP:
            progress(done, len(lines))
        if line.id in internal_ids or not line.amount:
            continue
        open_lines[line.id] = line
        proposals[line.id], evidence = proposer.propose(line)
        best = proposals[line.id][0].score if proposals[line.id] else 0.0
        if best < settings.suggest_at and not line.is_return:
            unexplained[line.id] = evidence
    groups = gathered(open_lines, proposals, unexplained, proposer.items, settings)
    result = {line.id: () for line in lines}
    result.update(decided(open_lines, proposals, groups, suspects, proposer.items, settings))
    for proposal in internal:
        final = _internal_level(proposal, suspects, settings)
        for line_id in proposal.line_ids:
            result[line_id] = (final,)
    if progress:
        progress(len(lines), len(lines))
    return result


def automatic(result):
    """Return the proposals of a ``match`` that may be carried out without a person, each once."""
    found = {}
    for of_line in result.values():
        for proposal in of_line[:1]:
            if proposal.level is Level.AUTOMATIC:
                found[proposal.line_ids] = proposal
    return list(found.values())


def _internal_level(proposal, suspects, settings):
    """A transfer of which both sides are known needs no person either, where that is switched on."""
    barriers = list(proposal.barriers)
    if settings.automatic_at is None:
        barriers.append(reasons.reason(reasons.AUTOMATIC_OFF))
    elif proposal.score < settings.automatic_at:
        values = {"score": proposal.score, "needed": settings.automatic_at}
        barriers.append(reasons.reason(reasons.BELOW_THRESHOLD, **values))
    for line_id in proposal.line_ids:
        if line_id in suspects:
            barriers.append(reasons.reason(reasons.DUPLICATE_SUSPECTED, line=suspects[line_id].line_id))
    level = Level.SUGGEST if barriers or proposal.kind is Kind.DUPLICATE else Level.AUTOMATIC
    return proposal._replace(barriers=tuple(barriers), level=level)


def _require_single_ids(values, what):
    ids = set()
    for value in values:
        if value.id in ids:
            raise DoubleId(f"two {what}s have the id {value.id!r}")
        ids.add(value.id)
