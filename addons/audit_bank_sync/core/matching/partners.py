"""Whom a bank line is with: by what a person set, by account, by learned alias, by name."""

from typing import Any, NamedTuple

from . import reasons, words
from .values import Reason

FULL = 0.12
"""The points of a partner that is certain."""
_LEAST_SIMILARITY = 0.55
_COMMON_WORD = 40
"""A word in the names of more partners than this does not help to find one."""
_BEGINNING = 5
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
        self._ibans, self._names, self._words, self._keys = {}, {}, {}, {}
        for partner in partners:
            for iban in partner.ibans:
                self._ibans.setdefault(words.account_number(iban), set()).add(partner.id)
            for name in partner.names:
                key = words.name_key(name)
                self._names.setdefault(key, set()).add(partner.id)
                self._keys.setdefault(partner.id, set()).add(key)
                for word in _hooks(key):
                    self._words.setdefault(word, set()).add(partner.id)
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
        for partner_id, likeness in self._named(name) if name else ():
            add(partner_id, likeness, reasons.PARTNER_NAME, name=line.counterparty_name, similarity=round(likeness, 2))
        return tuple(sorted(found.values(), key=lambda one: -one.strength)[:_MOST_FOUND])

    def _named(self, name):
        """Partners with a like name, each with its likeness; nobody is certain by a name alone."""
        equal = self._names.get(name)
        if equal:
            return [(partner_id, 0.9 / len(equal)) for partner_id in equal][:_MOST_FOUND]
        candidates = set()
        for word in _hooks(name):
            block = self._words.get(word, ())
            if len(block) <= _COMMON_WORD:
                candidates.update(block)
        likenesses = []
        for partner_id in candidates:
            likeness = max(words.similarity(name, key) for key in self._keys[partner_id])
            if likeness >= _LEAST_SIMILARITY:
                likenesses.append((partner_id, 0.85 * likeness))
        return likenesses


def _hooks(key):
    """The words of a name by which it is found, and their beginnings, since banks cut names and people mistype ends."""
    for word in key.split():
        if len(word) > 2:
            yield word
            if len(word) > _BEGINNING:
                yield word[:_BEGINNING] + "…"
