"""Whether every message that one schema permits is permitted by another.

``uncovered`` either proves it or says what stands in the way. What cannot be decided counts as standing in the way and
is marked as doubtful, so a proof can be relied upon, while an obstacle may turn out to be none.
"""

import json
from itertools import product
from math import inf
from typing import Any, NamedTuple

from .patterns import compile_pattern
from .schema_shape import TYPES, Document, required, shape
from .violations import step

MAX_STEPS = 2_000  # comparisons of two parts; of our largest contracts there are less than a hundred


class Obstacle(NamedTuple):
    """``ours`` is permitted at ``path`` where the other schema says ``theirs``.

    ``keyword`` is that of JSON Schema that makes the difference, or ``member`` for one that the other does not know.
    ``doubtful``: it could not be decided.
    """

    path: str
    keyword: str
    ours: Any = None
    theirs: Any = None
    doubtful: bool = False


def uncovered(inner, outer):
    """Return the list of ``Obstacle`` to the claim that ``outer`` permits all that ``inner`` does; empty: it does.

    :param inner: a validator (``jsonschema``) of the schema whose messages are asked about
    :param outer: a validator of the schema that shall permit them
    """
    try:
        found = _Comparison(inner, outer).contained((inner.schema,), outer.schema, "$", 0)
    except (_TooMuch, RecursionError):
        found = [Obstacle("$", "size", doubtful=True)]
    return list({json.dumps(one, sort_keys=True): one for one in found}.values())


class _TooMuch(Exception):
    """More to compare than is worth the time."""


class _Comparison:
    """One walk through two schemas at once. ``depth`` is how deep in a message the walk is."""

    def __init__(self, inner, outer):
        self.inner, self.outer = inner, outer
        self.inner_document, self.outer_document = Document(inner.schema), Document(outer.schema)
        self.steps = 0
        self.under_way = {}

    def contained(self, ours, theirs, path, depth):
        """Obstacles to: what all schemas ``ours`` (tuple) permit is permitted by the schema ``theirs``.

        A pair that the walk meets again deeper in the message is taken as proven: what it is asked about is smaller
        there, so this is induction over the depth of messages.
        """
        if theirs is True or False in ours:
            return []
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise _TooMuch
        ours = tuple(one for one in ours if one is not True)
        mine = tuple(sorted(self.inner_document.text(one) for one in ours))
        wanted = self.outer_document.text(theirs)
        if wanted in mine:
            return []
        key = mine, wanted
        if key in self.under_way:
            return [] if depth > self.under_way[key] else [Obstacle(path, "$ref", doubtful=True)]
        self.under_way[key] = depth
        try:
            return self._compared(ours, theirs, path, depth)
        finally:
            del self.under_way[key]

    def _compared(self, ours, theirs, path, depth):
        mine = self._all_of(ours)
        others = self.outer_document.alternatives(theirs)
        found = []
        for name in TYPES:
            permitted = [one for one in (shape(other, name) for other in others) if one]
            for own in filter(None, (shape(one, name) for one in mine)):
                if own.values is not None:
                    refused = self._refused(own, ours, theirs)
                    if refused and not permitted:
                        found.append(Obstacle(path, "type", name))
                    elif refused:
                        found.append(Obstacle(path, "value", refused))
                elif not permitted:
                    found.append(Obstacle(path, "type", "integer" if own.integer else name))
                else:
                    found += self._covered(own, permitted, path, depth)
        return found

    def _all_of(self, schemas):
        """The alternatives of several schemas that hold together."""
        return self.inner_document.alternatives(schemas[0] if len(schemas) == 1 else {"allOf": list(schemas)})

    def _refused(self, own, ours, theirs):
        """Values that can be listed are tried, one by one; returns those that only our schemas permit."""
        return [
            value
            for value in own.values
            if _permits(self.inner, ours, value) and not _permits(self.outer, (theirs,), value)
        ]

    def _covered(self, own, permitted, path, depth):
        """Obstacles to: one of the other's alternatives permits all that ``own`` does."""
        tried = [self._within(own, one, path, depth) for one in permitted]
        best = min(tried, key=len)
        if not best or len(tried) == 1:
            return best
        # Several alternatives together might do what none does alone.
        return [one._replace(doubtful=True) for one in best]

    def _within(self, own, other, path, depth):
        if own.type == "object" and _is_empty(own):
            return []
        found = [
            Obstacle(path, mark.keyword, doubtful=True)
            for mark in sorted(other.marks - own.marks, key=lambda mark: mark.keyword)
        ]
        if other.values is not None:
            return [*found, Obstacle(path, "enum", None, other.values)]
        if own.type == "number":
            return found + _number(own, other, path)
        if own.type == "string":
            return found + _string(own, other, path)
        if own.type == "array":
            return found + self._array(own, other, path, depth)
        return found + self._object(own, other, path, depth)

    def _array(self, own, other, path, depth):
        listed = max(len(one.get("prefixItems", ())) for one in (*own.schemas, *other.schemas, {}))
        longest = _smallest(own, "maxItems")
        closed = [len(one.get("prefixItems", ())) for one in own.schemas if one.get("items") is False]
        longest = min([longest, *closed])
        found = _bounds(own, other, path, "minItems", "maxItems", highest=longest)
        unique, wanted = (any(one.get("uniqueItems") for one in side.schemas) for side in (own, other))
        if wanted and not unique and longest > 1:
            found.append(Obstacle(path, "uniqueItems"))
        for index in range(listed + 1):
            if index >= longest:
                break
            ours = tuple(_item(one, index) for one in own.schemas)
            place = "%s[%s]" % (path, index if index < listed else "")
            for schema in other.schemas:
                theirs = _item(schema, index)
                if theirs is False and False not in ours:
                    found.append(Obstacle(place, "items"))
                else:
                    found += self.contained(ours, theirs, place, depth + 1)
        return found

    def _object(self, own, other, path, depth):
        names = {name for one in (*own.schemas, *other.schemas) for name in one.get("properties", ())}
        present = required(own)
        found = [Obstacle(path + step(name), "required") for name in sorted(required(other) - present)]
        count = _most_members(own)
        found += _bounds(own, other, path, "minProperties", "maxProperties", lowest=len(present), highest=count)
        for name in sorted(names | present):
            ours = tuple(part for one in own.schemas for part in _member(one, name))
            for schema in other.schemas:
                for theirs in _member(schema, name):
                    if theirs is False and False not in ours:
                        found.append(Obstacle(path + step(name), "member"))
                    else:
                        found += self.contained(ours, theirs, path + step(name), depth + 1)
        return found + self._other_members(own, other, path, depth)

    def _other_members(self, own, other, path, depth):
        """Members that neither names. Which patterns of names they match is not known, so all cases are tried."""
        obstacles = []
        for case in product(*(_cases(one) for one in own.schemas)):
            ours = tuple(schema for _pattern, schema in case)
            if False in ours:
                continue
            matched = {pattern for pattern, _schema in case} - {None}
            unmatched = set().union(
                *(one.get("patternProperties", ()) for one, (pattern, _) in zip(own.schemas, case) if pattern is None)
            )
            for schema in other.schemas:
                patterns = set(schema.get("patternProperties", ()))
                for pattern, theirs in _cases(schema):
                    if pattern is None and matched & patterns or pattern in unmatched:
                        # No name is in this case.
                        continue
                    doubtful = pattern is not None and pattern not in matched or bool(pattern is None and patterns)
                    if theirs is False:
                        found = [Obstacle(path + ".*", "member")]
                    else:
                        found = self.contained(ours, theirs, path + ".*", depth + 1)
                    obstacles += [one._replace(doubtful=one.doubtful or doubtful) for one in found]
        return obstacles


def _is_empty(own):
    """Whether no object is of this shape: it demands a member that it forbids."""
    return any(False in _member(schema, name) for name in required(own) for schema in own.schemas)


def _member(schema, name):
    """What a schema says of one member of an object, as a list of schemas that all hold."""
    said = [schema["properties"][name]] if name in schema.get("properties", ()) else []
    said += [
        one for pattern, one in schema.get("patternProperties", {}).items() if compile_pattern(pattern).search(name)
    ]
    return said or [schema.get("additionalProperties", True)]


def _cases(schema):
    """``[(pattern or None, schema), …]``: what may hold for a member that is not named."""
    return [(None, schema.get("additionalProperties", True)), *schema.get("patternProperties", {}).items()]


def _item(schema, index):
    listed = schema.get("prefixItems", ())
    return listed[index] if index < len(listed) else schema.get("items", True)


def _most_members(own):
    """How many members an object of this shape may have."""
    closed = [
        sum(one is not False for one in schema.get("properties", {}).values())
        for schema in own.schemas
        if schema.get("additionalProperties") is False and not schema.get("patternProperties")
    ]
    return min([inf, *closed])


def _smallest(own, keyword):
    return min([inf, *(one[keyword] for one in own.schemas if keyword in one)])


def _largest(own, keyword):
    return max([-inf, *(one[keyword] for one in own.schemas if keyword in one)])


def _bounds(own, other, path, low, high, lowest=0, highest=inf):
    """Obstacles in how few or how many characters, items or members there may be."""
    found = []
    fewest, most = max(_largest(own, low), lowest), min(_smallest(own, high), highest)
    if _largest(other, low) > fewest:
        found.append(Obstacle(path, low, fewest, _largest(other, low)))
    if _smallest(other, high) < most:
        found.append(Obstacle(path, high, None if most == inf else most, _smallest(other, high)))
    return found


def _string(own, other, path):
    found = _bounds(own, other, path, "minLength", "maxLength")
    for keyword in ("pattern", "format"):
        mine = {one[keyword] for one in own.schemas if keyword in one}
        for theirs in sorted({one[keyword] for one in other.schemas if keyword in one} - mine):
            # Which texts two different patterns have in common is not looked into.
            doubtful = bool(mine) and keyword == "pattern"
            found.append(Obstacle(path, keyword, " and ".join(sorted(mine)) or None, theirs, doubtful))
    return found


def _number(own, other, path):
    found = []
    factors = [one["multipleOf"] for one in own.schemas if "multipleOf" in one] + ([1] if own.integer else [])
    if other.integer and not any(isinstance(factor, int) for factor in factors):
        found.append(Obstacle(path, "type", "number", "integer"))
    for theirs in [one["multipleOf"] for one in other.schemas if "multipleOf" in one]:
        if not any(factor % theirs == 0 for factor in factors):
            found.append(Obstacle(path, "multipleOf", next(iter(factors), None), theirs))
    # Largest and smallest in turn: minus the maximum is a minimum.
    for sign, keyword in ((1, "minimum"), (-1, "maximum")):
        mine, theirs = _limit(own, sign, own.integer), _limit(other, sign, own.integer)
        if theirs > mine:
            found.append(Obstacle(path, keyword, *(_readable(limit, sign) for limit in (mine, theirs))))
    return found


def _limit(one, sign, integer):
    """The lowest value times ``sign``, and whether that itself is left out."""
    names = ("minimum", "exclusiveMinimum") if sign > 0 else ("maximum", "exclusiveMaximum")
    limits = [
        (sign * schema[name], name.startswith("ex")) for schema in one.schemas for name in names if name in schema
    ]
    if integer:
        limits = [(value + 1, False) if exclusive else (value, False) for value, exclusive in limits]
    return max([(-inf, False), *limits])


def _readable(limit, sign):
    value, exclusive = limit
    if value == -inf:
        return None
    return "%s%s" % (sign * value, " (excluded)" if exclusive else "")


def _permits(validator, schemas, value):
    return all(one if isinstance(one, bool) else validator.evolve(schema=one).is_valid(value) for one in schemas)
