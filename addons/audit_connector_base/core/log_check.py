"""Finding damage in a log as it is stored: which entry is the first that is not as it was, and what happened to it.

The entries are compared with the leaves and tiles beside them, which tell what happened where, and with the signed
notes, which tell whether any of it can be believed. Works through a log of any size in portions.
"""

from typing import NamedTuple

from . import log_entry, merkle

CHANGED = "changed"
MISSING = "missing"
INSERTED = "inserted"
REORDERED = "reordered"
TRUNCATED = "truncated"
FORGED = "forged"
COLUMN = "column"
PAYLOAD = "payload"
UNAPPROVED = "unapproved"
"""A content is gone, and no approval lets it go."""
NEVER_ERASED = "never_erased"
"""A content is gone that nobody can approve the erasure of."""
EXCEEDED = "exceeded"
"""More contents are gone than an approval lets go."""

GONE = "gone"
"""Detail of ``UNAPPROVED``: nothing says why it is gone."""

WINDOW = 4096
"""Entries from the first bad one on among which ``kind_of`` looks for what became of it."""


class Damage(NamedTuple):
    """The first thing that is wrong. ``index``: of the entry; ``detail``: further facts for people, or empty."""

    kind: str
    index: int
    detail: str = ""


class Stored(NamedTuple):
    """An entry as it is stored. ``entry``: its bytes, None when the row is gone; ``columns``: what is shown of it.

    ``salt`` and ``payload`` are None once erased, as the row says under the approval with the id ``erased_by``;
    ``has_payload`` tells whether there is a row at all.
    """

    index: int
    entry: bytes | None
    columns: dict
    salt: bytes | None
    payload: bytes | None
    erased_by: str | None
    has_payload: bool


class Note(NamedTuple):
    """A note of the log. ``root``: 32 bytes; ``authentic``: whether a key of the log signed it."""

    size: int
    root: bytes
    authentic: bool


class LogCheck:
    """Goes through a log from its first entry. ``frontier``: of what was found good before; ``good``: size of the last
    note that fits it; ``erasures``: judges contents that are gone, see ``content_damage``."""

    def __init__(self, frontier=None, good=0, erasures=None):
        self.frontier = frontier or merkle.Frontier()
        self.good = good
        self._erasures = erasures

    @property
    def size(self):
        """How many entries were found good."""
        return self.frontier.size

    def feed(self, stored, wanted, notes):
        """Check the next entries; returns the first ``Damage`` or None.

        ``stored``: ``Stored`` in the order of their index; ``wanted``: the hashes that leaves or tiles have for as many
        places from ``size`` on, fewer when the tree ends; ``notes``: ``Note`` of these places, ascending. Once damage
        was found, nothing more may be fed.
        """
        notes = list(notes)
        first, end = self.size, self.size + len(wanted)
        hashes = []
        for place, hash_ in enumerate(wanted):
            index = first + place
            if place >= len(stored) or stored[place].index != index or stored[place].entry is None:
                return self._first_of(self._against(notes, hashes), Damage(MISSING, index))
            if merkle.leaf_hash(stored[place].entry) != hash_:
                return self._first_of(self._against(notes, hashes), Damage(CHANGED, index))
            damage = content_damage(stored[place], self._erasures)
            if damage:
                return self._first_of(self._against(notes, hashes), damage)
            hashes.append(hash_)
        damage = self._against(notes, hashes)
        if not damage and self.size != end:
            raise AssertionError("%d entries were checked, not %d" % (self.size, end))
        return damage

    def _against(self, notes, hashes):
        """Add hashes, stopping at each note that ends among them; returns the ``Damage`` that a note shows."""
        done = 0
        for note in notes:
            upto = note.size - self.size + done
            if upto > len(hashes):
                break
            self.frontier.extend(hashes[done:upto])
            done = upto
            if not note.authentic:
                return Damage(FORGED, self.good, str(note.size))
            if self.frontier.root() != note.root:
                return Damage(CHANGED, self.good, str(note.size))
            self.good = note.size
        self.frontier.extend(hashes[done:])
        return None

    def _first_of(self, *found):
        return min((one for one in found if one), key=lambda damage: damage.index)


def content_damage(stored, erasures=None):
    """Return the ``Damage`` of what stands beside the sealed bytes of an entry, None when all of it fits.

    :param erasures: has a method ``damage(stored, members)``, called once for each content that is said to be erased,
        which returns ``(kind, detail)`` of the damage, or None; without it nothing may be gone
    """
    try:
        members = log_entry.parse(stored.entry)
    except log_entry.EntryError as error:
        return Damage(CHANGED, stored.index, str(error))
    for name, shown in stored.columns.items():
        if members[name] != shown:
            return Damage(COLUMN, stored.index, name)
    if not stored.has_payload:
        return Damage(UNAPPROVED, stored.index, GONE)
    if stored.payload is None or stored.salt is None:
        found = erasures.damage(stored, members) if erasures and stored.erased_by else (UNAPPROVED, GONE)
        return Damage(found[0], stored.index, found[1]) if found else None
    try:
        fits = log_entry.commitment(stored.salt, stored.payload) == members["commit"]
    except log_entry.EntryError:
        fits = False
    return None if fits else Damage(PAYLOAD, stored.index)


def kind_of(given, wanted):
    """What happened at a place from which on the entries differ from what the tree has.

    ``given``: hashes of the entries that are there, from that place on and in their order, whatever their index;
    ``wanted``: those of the tree. Returns one of ``CHANGED``, ``MISSING``, ``INSERTED``, ``REORDERED``.
    """
    if not given:
        return MISSING
    here, there = given[0] in wanted, wanted[0] in given
    if here and there:
        return REORDERED
    if here:
        return MISSING
    return INSERTED if there else CHANGED
