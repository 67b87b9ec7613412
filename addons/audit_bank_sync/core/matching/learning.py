"""What confirmed matches teach: other names and accounts of a partner, and how it writes our numbers.

A lesson is a plain value that the caller stores with the number of confirmations; undoing a match gives the same
lessons, to be counted down. Nothing is learned from a match that nobody confirmed.
"""

from typing import Any, NamedTuple

from . import words

NAME, IBAN, WORD = "name", "iban", "word"
_CERTAIN = 0.95
"""Experience never weighs as much as an account that is recorded at the partner."""


class Lesson(NamedTuple):
    """``kind`` is ``name``, ``iban`` (who is behind it) or ``word`` (behind which word our number stands)."""

    kind: str
    key: str
    partner_id: Any


def lessons(line, items):
    """Return the lessons of a confirmed match of ``line`` with ``items``, each once; none when partners are mixed."""
    partners = {item.partner_id for item in items}
    if len(partners) != 1 or None in partners:
        return ()
    partner_id = partners.pop()
    learned = []
    name, iban = words.name_key(line.counterparty_name), words.account_number(line.counterparty_iban)
    if name:
        learned.append(Lesson(NAME, name, partner_id))
    if iban:
        learned.append(Lesson(IBAN, iban, partner_id))
    parts = words.runs(line.text)
    for item in items:
        tail = words.number_tail(item.number)
        learned += [Lesson(WORD, word, partner_id) for word, number in numbers_behind_words(parts) if number == tail]
    return tuple(dict.fromkeys(learned))


def numbers_behind_words(parts):
    """Yield ``(word, number)`` for every number that stands behind a word; leading zeros are dropped."""
    for word, number in zip(parts, parts[1:]):
        if number.isdigit() and not word.isdigit():
            yield word, number.lstrip("0")


class Learned:
    """What has been learned so far. ``counts``: iterable of ``(Lesson, number of confirmations)``."""

    def __init__(self, counts=()):
        self._aliases, self._words = {}, {}
        for lesson, times in counts:
            if times <= 0:
                continue
            if lesson.kind == WORD:
                self._words.setdefault(lesson.partner_id, {})[lesson.key] = times
            else:
                self._aliases.setdefault((lesson.kind, lesson.key), {})[lesson.partner_id] = times

    def partners(self, kind, key):
        """Return ``(partner id, strength, times)`` for a name or an account in its one spelling.

        The strength grows with the confirmations and is shared where several partners were confirmed.
        """
        counts = self._aliases.get((kind, key), {})
        total = sum(counts.values())
        return [
            (partner_id, _CERTAIN * times / total * times / (times + 0.5), times)
            for partner_id, times in counts.items()
        ]

    def words_of(self, partner_id):
        """Return the words behind which this partner writes our numbers, with their confirmations."""
        return self._words.get(partner_id, {})
