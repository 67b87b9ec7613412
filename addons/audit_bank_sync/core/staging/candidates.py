"""Which of the known entries are worth scoring: where one amount comes back a thousand times, not all of them.

Follows from the weights of ``identity.score``: an equal amount on the same days alone stays below ``MAYBE``. It takes a
reference, the other party or the purpose in common; and where both tell all of these, a reference, or the other party
together with the purpose.
"""

from collections import defaultdict

FEW = 8
"""Known entries of an amount that are scored at once, as looking for what they share would take as long."""


class Candidates:
    """Finds the known entries (list of ``identity.Keys``) that one which came could be, or may be.

    ``told_alone``: indexes of those known for which an equal amount of the same day is enough.
    """

    def __init__(self, known, told_alone=()):
        self._by_amount = defaultdict(list)
        for index, keys in enumerate(known):
            self._by_amount[keys.amount].append(index)
        self._known = known
        self._told_alone = told_alone
        self._shared = {}

    def of(self, keys):
        """Return indexes of those known with which ``keys`` may score ``MAYBE`` or more, or which say the same."""
        same_amount = self._by_amount.get(keys.amount, ())
        if len(same_amount) <= FEW:
            return same_amount
        if keys.amount not in self._shared:
            self._shared[keys.amount] = self._index(same_amount)
        shared = self._shared[keys.amount]
        found = set(shared.get(keys, ()))
        for token in (*_strong(keys), ("alone", keys.date)):
            found.update(shared.get(token, ()))
        whole = _tells_all(keys)
        for token in _weak(keys):
            # Of two that tell all, neither the other party nor the purpose is enough.
            found.update(shared.get(("partial", *token) if whole else token, ()))
        return found

    def _index(self, indexes):
        """Return ``{what they have in common with others: indexes}``."""
        shared = defaultdict(list)
        for index in indexes:
            keys = self._known[index]
            tokens = {keys, *_strong(keys), *_weak(keys)}
            if not _tells_all(keys):
                tokens |= {("partial", *token) for token in _weak(keys)}
            if index in self._told_alone:
                tokens.add(("alone", keys.date))
            for token in tokens:
                shared[token].append(index)
        return shared


def _strong(keys):
    for one in keys.bank_references:
        yield "bank", one
    for one in keys.references:
        yield "own", one
    if keys.counterparty and keys.text:
        yield "who and text", keys.counterparty, keys.text


def _weak(keys):
    if keys.counterparty:
        yield "who", keys.counterparty
    if keys.text:
        yield "text", keys.text


def _tells_all(keys):
    return bool(keys.bank_references and keys.references and keys.counterparty and keys.text)
