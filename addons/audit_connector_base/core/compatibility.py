"""What a new version of a contract changes, and for whom, in words that need no knowledge of JSON Schema.

*Backward*: every message that the old version permits, the new one permits. Whoever still sends by the old version is
understood. *Forward*: every message that the new version permits, the old one permits. Whoever still checks by the old
version takes what is sent now. *Full*: both. Only what is proven counts; what cannot be judged is said to be so.
"""

from typing import NamedTuple

from .containment import uncovered
from .dictionary import fields

OK, BREAKS, UNKNOWN = "ok", "breaks", "unknown"
LEVELS = ("full", "backward", "forward", "none", "unknown")
MAX_LISTED = 10  # values or fields named one by one

_TYPES = {
    "array": "a list",
    "boolean": "yes or no",
    "integer": "a whole number",
    "null": "empty",
    "number": "a number",
    "object": "a group of fields",
    "string": "text",
}
_LIMITS = {
    "minLength": ("at least %s characters", True),
    "maxLength": ("at most %s characters", False),
    "minItems": ("at least %s items", True),
    "maxItems": ("at most %s items", False),
    "minProperties": ("at least %s fields", True),
    "maxProperties": ("at most %s fields", False),
    "minimum": ("at least %s", True),
    "maximum": ("at most %s", False),
    "multipleOf": ("a multiple of %s", True),
}

# What the new version refuses of the old one's messages, and the other way round.
_SENTENCES = {
    "required": (
        "Must be present now; it could be missing before.",
        "May be missing now; it was always present before.",
    ),
    "member": ("Is no longer part of the contract.", "Is new; the old version does not know it."),
    "items": ("No item may stand here any more.", "An item may stand here now."),
    "uniqueItems": ("No item may come twice now.", "An item may come twice now."),
    "type": ("May no longer be %(ours)s.", "May be %(ours)s now."),
    "kind": (
        "Must be %(theirs)s now; before, it could be %(ours)s.",
        "May be %(ours)s now; before, it had to be %(theirs)s.",
    ),
    "enum": (
        "Only these values are permitted now: %(listed)s.",
        "Any value is permitted now; before, only these were: %(listed)s.",
    ),
    "value": ("No longer permitted: %(values)s.", "Newly permitted: %(values)s."),
    "size": ("The two versions are too large or too tangled to be compared.",) * 2,
}
_FORMS = {
    "pattern": (
        "Must have the form %(new)s now; before, any text would do.",
        "No longer has to have the form %(old)s.",
        "Cannot be judged: the form is %(new)s now, instead of %(old)s.",
    ),
    "format": (
        "Must be a valid %(new)s now; before, any text would do.",
        "No longer has to be a valid %(old)s.",
        "Must be a valid %(new)s now, instead of a valid %(old)s.",
    ),
}


class Change(NamedTuple):
    """One difference. ``path`` is a JSON path, ``backward`` and ``forward`` are ``ok``, ``breaks`` or ``unknown``."""

    path: str
    text: str
    backward: str
    forward: str


class Report(NamedTuple):
    """All differences between two versions, those that break something first."""

    changes: tuple

    @property
    def backward(self):
        return _worst(change.backward for change in self.changes)

    @property
    def forward(self):
        return _worst(change.forward for change in self.changes)

    @property
    def level(self):
        """``full``, ``backward``, ``forward``, ``none``, or ``unknown`` where nothing is proven and nothing broken."""
        if self.backward == self.forward == OK:
            return "full"
        if OK in (self.backward, self.forward):
            return "backward" if self.backward == OK else "forward"
        return "none" if BREAKS in (self.backward, self.forward) else "unknown"


def compare(old, new):
    """Return the ``Report`` on two versions.

    :param old: validator (``jsonschema``) of the old version, as ``Contract.validator`` holds it
    :param new: validator of the new version
    """
    backward, forward = uncovered(old, new), uncovered(new, old)
    changes = {}
    for obstacle in backward:
        _add(changes, obstacle, "backward", *_words(obstacle, to_new=True))
    for obstacle in forward:
        _add(changes, obstacle, "forward", *_words(obstacle, to_new=False))
    _join_members(changes)
    found = [Change(path, text, **effects) for (path, _key), (text, effects) in changes.items()]
    order = {BREAKS: 0, UNKNOWN: 1, OK: 2}
    found.sort(key=lambda one: (min(order[one.backward], order[one.forward]), one.path))
    return Report((*found, *_of_words(old.schema, new.schema)))


def _worst(effects):
    effects = set(effects)
    return BREAKS if BREAKS in effects else UNKNOWN if UNKNOWN in effects else OK


def _add(changes, obstacle, direction, key, text):
    known = changes.get((obstacle.path, key))
    effects = known[1] if known else {"backward": OK, "forward": OK}
    effect = UNKNOWN if obstacle.doubtful else BREAKS
    effects[direction] = _worst((effects[direction], effect))
    changes[obstacle.path, key] = known[0] if known else text, effects


def _join_members(changes):
    """Make one change of a field that came or went and is always there: in each direction another rule is broken."""
    for path, key in [place for place in changes if place[1][0] == "member"]:
        # What is foreign to one version is missing for the other, which comes from the other direction.
        missing = changes.pop((path, ("required", *key[1:2], not key[2])), None)
        if missing:
            effects = changes[path, key][1]
            gone = "Is no longer part of the contract; it was always there before."
            changes[path, key] = (
                gone if key[2] else "Is new, and must be present.",
                {name: _worst((effects[name], missing[1][name])) for name in effects},
            )


def _words(obstacle, to_new):
    """``(key, sentence)``. The key is the same where both directions speak of one change."""
    ours, theirs, keyword = obstacle.ours, obstacle.theirs, obstacle.keyword
    old, new = (ours, theirs) if to_new else (theirs, ours)
    if keyword in _LIMITS:
        return keyword, _limit(keyword, old, new)
    if keyword in _FORMS:
        come, gone, other = _FORMS[keyword]
        return keyword, (come if old is None else gone if new is None else other) % {"old": old, "new": new}
    return (keyword, str(ours), to_new), _sentence(keyword, ours, theirs, to_new)


def _sentence(keyword, ours, theirs, to_new):
    if keyword == "type" and theirs:
        keyword = "kind"
    if keyword not in _SENTENCES:
        return "Cannot be judged: the two versions differ in “%s”, which is not compared." % keyword
    of_types = keyword in ("type", "kind")
    return _SENTENCES[keyword][0 if to_new else 1] % {
        "ours": of_types and _TYPES[ours],
        "theirs": of_types and theirs and _TYPES[theirs],
        "listed": keyword == "enum" and _listed(theirs),
        "values": keyword == "value" and _listed(ours),
    }


def _limit(keyword, old, new):
    phrase, is_minimum = _LIMITS[keyword]
    # A minimum of 0 characters or items is none.
    old, new = (None if value == 0 and is_minimum and keyword != "minimum" else value for value in (old, new))
    if old is None:
        return "Must be %s now; before, there was no such limit." % (phrase % new)
    if new is None:
        return "No longer has to be %s." % (phrase % old)
    return "Must be %s now, instead of %s." % (phrase % new, phrase % old)


def _listed(values):
    shown = ["empty" if value is None else str(value)[:60] for value in values[:MAX_LISTED]]
    more = len(values) - len(shown)
    return ", ".join(shown) + (" and %d more" % more if more else "")


def _of_words(old, new):
    """Changes that concern people only."""
    before, now = ({field.path: field.description for field in fields(schema)} for schema in (old, new))
    reworded = [path for path in now if path in before and before[path] != now[path]]
    changes = [Change(path, "Its explanation was changed.", OK, OK) for path in reworded[:MAX_LISTED]]
    if len(reworded) > MAX_LISTED:
        text = "The explanations of %d more fields were changed." % (len(reworded) - MAX_LISTED)
        changes.append(Change("$", text, OK, OK))
    if any(old.get(name) != new.get(name) for name in ("title", "description")):
        changes.insert(0, Change("$", "Its title or explanation was changed.", OK, OK))
    return tuple(changes)
