"""Whom a bank line is with: by what a person set, by account, by learned alias, by name."""

from itertools import combinations
from typing import Any, NamedTuple

from . import reasons, words
from .values import Reason

FULL = 0.12
"""The points of a partner that is certain."""
_LEAST_SIMILARITY = 0.55
_MOST_OF_HOOK = 40
"""A word in the names of more partners than this does not help to find one."""
_BEGINNING = 4
_MOST_WORDS = 6
_BY_NAME, _EQUAL_NAME = 0.85, 0.9
_MOST_FOUND = 3


class Found(NamedTuple):
    """A partner that a line may be with; ``strength`` from 0 to 1 and the reason with its points."""

    partner_id: Any
    strength: float
    reason: Reason


class Partners:
    """All partners that have open items, found by the keys of a line.

    ``learned``: a ``learning.Learned``.
    """

    def __init__(self, partners, learned):
        self._learned = learned
        self._ibans, self._names, self._hooks, self._keys = {}, {}, {}, {}
        for partner in partners:
            for iban in partner.ibans:
                self._ibans.setdefault(words.account_number(iban), set()).add(partner.id)
            for name in partner.names:
                key = words.name_key(name)
                self._names.setdefault(key, set()).add(partner.id)
                self._keys.setdefault(partner.id, set()).add(key)
                for hook in _hooks(key):
                    self._hooks.setdefault(hook, set()).add(partner.id)
        self._seen = {}

    def of_line(self, line):
        """Return the partners a line may be with, the strongest first, at most three."""
        key = (line.partner_id, line.counterparty_iban, line.counterparty_name)
        if key not in self._seen:
            self._seen[key] = self._find(line)
        return self._seen[key]

    def _find(self, line):
        found = {}

        def add(partner_id, strength, code, /, **values):
            if partner_id not in found or found[partner_id].strength < strength:
                reason = reasons.reason(code, FULL * strength, **values)
                found[partner_id] = Found(partner_id, strength, reason)

        if line.partner_id is not None:
            add(line.partner_id, 1.0, reasons.PARTNER_SET)
        iban, name = words.account_number(line.counterparty_iban), words.name_key(line.counterparty_name)
        sharing = self._ibans.get(iban, ()) if iban else ()
        for partner_id in sharing:
            add(partner_id, 1.0 / len(sharing), reasons.PARTNER_IBAN, iban=iban, shared_by=len(sharing))
        for alias in (("iban", iban), ("name", name)):
            for partner_id, strength, times in self._learned.partners(*alias) if alias[1] else ():
                add(partner_id, strength, reasons.PARTNER_ALIAS, alias=alias[1], times=times)
        for partner_id, strength, likeness in self._named(name) if name else ():
            add(partner_id, strength, reasons.PARTNER_NAME, name=line.counterparty_name, similarity=round(likeness, 2))
        return tuple(sorted(found.values(), key=lambda one: (-one.strength, str(one.partner_id)))[:_MOST_FOUND])

    def likeness(self, line, partner_id):
        """Return the reason for which the name of a line may be that of a partner that its amount has brought."""
        name = words.name_key(line.counterparty_name)
        keys = self._keys.get(partner_id, ())
        likeness = max((words.similarity(name, key) for key in keys), default=0.0) if name else 0.0
        if likeness < _LEAST_SIMILARITY:
            return None
        values = {"name": line.counterparty_name, "similarity": round(likeness, 2)}
        return reasons.reason(reasons.PARTNER_NAME, FULL * _BY_NAME * likeness, **values)

    def _named(self, name):
        """Partners with a like name, each with its strength and likeness; nobody is certain by a name alone."""
        equal = self._names.get(name)
        if equal:
            return [(partner_id, _EQUAL_NAME / len(equal), 1.0) for partner_id in sorted(equal, key=str)[:_MOST_FOUND]]
        candidates = set()
        for hook in _hooks(name):
            block = self._hooks.get(hook, ())
            if len(block) <= _MOST_OF_HOOK:
                candidates.update(block)
        likenesses = []
        for partner_id in candidates:
            likeness = max(words.similarity(name, key) for key in self._keys[partner_id])
            if likeness >= _LEAST_SIMILARITY:
                likenesses.append((partner_id, _BY_NAME * likeness, likeness))
        return likenesses


def _hooks(key):
    """By what a name is found: its words, their beginnings (banks cut names, people mistype ends), and pairs of these.

    What many names share, a first name or a trade, brings too many; together with a second word it does not.
    """
    beginnings = []
    for word in key.split()[:_MOST_WORDS]:
        if len(word) > 2:
            yield word
        if len(word) > _BEGINNING:
            yield word[:_BEGINNING] + "…"
        beginnings.append(word[:_BEGINNING])
    yield from combinations(sorted(beginnings), 2)
