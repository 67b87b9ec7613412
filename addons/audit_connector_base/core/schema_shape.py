"""What a JSON Schema permits, taken apart so that two schemas can be compared.

A schema becomes alternatives (``$ref``, ``allOf``, ``anyOf`` and ``oneOf`` followed), and each alternative one
``Shape`` for each JSON type that it lets through. What this does not understand is kept as an ``Unjudged`` mark: two
schemas with the same mark agree in it, and about all others nothing is said.
"""

import json
from itertools import product
from typing import Any, NamedTuple
from urllib.parse import unquote

TYPES = ("null", "boolean", "number", "string", "array", "object")
MAX_ALTERNATIVES = 64

# They say nothing about what is permitted.
ANNOTATIONS = {"$comment", "$defs", "$id", "$schema", "default", "deprecated", "description", "examples", "title"}
_HERE = {"$ref", "allOf", "anyOf", "oneOf"}
_VALUES = {"const", "enum", "type"}
_OF_TYPE = {
    "number": {"exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"},
    "string": {"format", "maxLength", "minLength", "pattern"},
    "array": {"items", "maxItems", "minItems", "prefixItems", "uniqueItems"},
    "object": {
        "additionalProperties", "maxProperties", "minProperties", "patternProperties", "properties", "required",
    },
}  # fmt: skip
UNDERSTOOD = ANNOTATIONS | _HERE | _VALUES | set().union(*_OF_TYPE.values())
# Keywords that only mean something together.
_GROUPS = (("if", "then", "else"), ("contains", "minContains", "maxContains"))
_MARKED_TYPE = {
    "contains": "array",
    "dependentRequired": "object",
    "dependentSchemas": "object",
    "propertyNames": "object",
}
# Their meaning depends on everything that stands beside them.
_OF_THE_WHOLE = {"unevaluatedItems", "unevaluatedProperties"}
# In which keywords there are schemas, whose annotations can be left out.
_WITH_SCHEMAS = {
    "additionalProperties", "allOf", "anyOf", "contains", "else", "if", "items", "not", "oneOf", "prefixItems",
    "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties",
}  # fmt: skip
_WITH_NAMED_SCHEMAS = {"dependentSchemas", "patternProperties", "properties"}


class Unjudged(NamedTuple):
    """Something that is not understood: its keyword, its exact value, and the JSON type that it speaks of (or None)."""

    keyword: str
    value: str
    type: Any = None


class Alternative(NamedTuple):
    """Schemas without references or choices, all of which hold, and marks."""

    schemas: tuple = ()
    marks: frozenset = frozenset()

    def __add__(self, other):
        return Alternative(self.schemas + other.schemas, self.marks | other.marks)


class Shape(NamedTuple):
    """What one alternative permits of one JSON type: ``values`` when they can be counted, else by ``schemas``."""

    type: str
    schemas: tuple
    marks: frozenset
    values: Any = None
    integer: bool = False


class Document:
    """A whole schema, in which the references of its parts are looked up."""

    def __init__(self, root):
        self.root = root
        self._texts = {}
        self._listing = False

    def target(self, reference):
        """Return the part that a local ``$ref`` names; raises ``LookupError`` for all others."""
        if reference != "#" and not reference.startswith("#/"):
            raise LookupError(reference)
        part = self.root
        for raw in unquote(reference).split("/")[1:]:
            name = raw.replace("~1", "/").replace("~0", "~")
            part = part[int(name)] if isinstance(part, list) else part[name]
        return part

    def text(self, schema):
        """The exact meaning of a part as text: equal texts permit the same. Annotations are left out."""
        known = self._texts.get(id(schema))
        if known is None or known[0] is not schema:
            reached = {}
            self._reach(schema, reached)
            said = [_stripped(schema), sorted((name, _stripped(part)) for name, part in reached.items())]
            known = self._texts[id(schema)] = schema, json.dumps(said, sort_keys=True)
        return known[1]

    def alternatives(self, schema):
        """Return the list of ``Alternative`` that together permit what ``schema`` does.

        As a whole they never permit less. Where they may permit more, each bears the mark of what is missing.
        """
        try:
            found = self._alternatives(schema, ())
        except _TooMany:
            return [Alternative((), frozenset([Unjudged("anyOf", self.text(schema))]))]
        return found

    def _alternatives(self, schema, way):
        if isinstance(schema, bool):
            return [Alternative()] if schema else []
        plain = {name: value for name, value in schema.items() if name in UNDERSTOOD - _HERE}
        factors = [[Alternative((plain,) if plain else (), frozenset(self._marks(schema)))]]
        if "$ref" in schema:
            factors.append(self._followed(schema["$ref"], way))
        factors += [self._alternatives(one, way) for one in schema.get("allOf", ())]
        if "anyOf" in schema:
            factors.append([one for branch in schema["anyOf"] for one in self._alternatives(branch, way)])
        if "oneOf" in schema:
            factors.append(self._one_of(schema["oneOf"], way))
        count = 1
        for factor in factors:
            count *= len(factor)
            if count > MAX_ALTERNATIVES:
                raise _TooMany
        return [sum(chosen, Alternative()) for chosen in product(*factors)]

    def _followed(self, reference, way):
        # Unlike any other: the same name may stand for something else in another document.
        mark = Unjudged("$ref", "%s of %d" % (reference, id(self)))
        if reference in way:
            return [Alternative((), frozenset([mark]))]
        try:
            target = self.target(reference)
        except (LookupError, ValueError, TypeError):
            return [Alternative((), frozenset([mark]))]
        return self._alternatives(target, (*way, reference))

    def _one_of(self, branches, way):
        """``oneOf`` permits what ``anyOf`` does where no value can be of two branches; else it bears a mark."""
        sets = [self._alternatives(branch, way) for branch in branches]
        apart = not self._listing and all(
            self._disjoint(one, other)
            for number, first in enumerate(sets)
            for second in sets[number + 1 :]
            for one in first
            for other in second
        )
        mark = frozenset() if apart else frozenset([Unjudged("oneOf", self.text({"oneOf": branches}))])
        return [Alternative(one.schemas, one.marks | mark) for found in sets for one in found]

    def _disjoint(self, one, other):
        """Whether no value can be of both: by type, by listed values, or by a member that tells objects apart."""
        for name in TYPES:
            first, second = shape(one, name), shape(other, name)
            if first is None or second is None:
                continue
            if first.values is not None and second.values is not None:
                if any(same(a, b) for a in first.values for b in second.values):
                    return False
            elif name != "object" or not self._told_apart(first, second):
                return False
        return True

    def _told_apart(self, first, second):
        """Whether a member that both demand has listed values, and none in common."""
        for name in required(first) & required(second):
            sets = [self._listed(one, name) for one in (first, second)]
            if None not in sets and not any(same(a, b) for a in sets[0] for b in sets[1]):
                return True
        return False

    def _listed(self, shape_, name):
        """The values that a member may have, None when they are not listed."""
        member = next((one["properties"][name] for one in shape_.schemas if name in one.get("properties", ())), None)
        if not isinstance(member, dict) or self._listing:
            return None
        self._listing = True
        try:
            shapes = [shape(one, kind) for one in self.alternatives(member) for kind in TYPES]
        finally:
            self._listing = False
        shapes = [one for one in shapes if one is not None]
        if any(one.values is None for one in shapes):
            return None
        return [value for one in shapes for value in one.values]

    def _marks(self, schema):
        left = set(schema) - UNDERSTOOD
        for group in _GROUPS:
            if left.intersection(group):
                part = {name: schema[name] for name in group if name in schema}
                yield Unjudged(group[0], self.text(part), _MARKED_TYPE.get(group[0]))
                left.difference_update(group)
        for name in sorted(left):
            part = schema if name in _OF_THE_WHOLE else {name: schema[name]}
            yield Unjudged(name, self.text(part), _MARKED_TYPE.get(name))

    def _reach(self, part, reached):
        pending = [part]
        while pending:
            one = pending.pop()
            if isinstance(one, list):
                pending.extend(one)
            elif isinstance(one, dict):
                reference = one.get("$ref")
                if isinstance(reference, str) and reference not in reached:
                    try:
                        reached[reference] = self.target(reference)
                    except (LookupError, ValueError, TypeError):
                        reached[reference] = {"elsewhere": id(self)}
                    pending.append(reached[reference])
                pending.extend(one.values())


def shape(alternative, name):
    """Return the ``Shape`` of an alternative for the JSON type ``name``; None when it lets nothing of it through."""
    values, integer = _values_of(name), False
    for schema in alternative.schemas:
        if "type" in schema:
            types = {schema["type"]} if isinstance(schema["type"], str) else set(schema["type"])
            if name == "number" and "number" not in types:
                integer = True
                name_permitted = "integer" in types
            else:
                name_permitted = name in types
            if not name_permitted:
                return None
        for listed in ([schema["const"]] if "const" in schema else None, schema.get("enum")):
            if listed is not None:
                own = [value for value in listed if json_type(value) == name]
                values = own if values is None else [one for one in values if any(same(one, other) for other in own)]
    if values is not None and not values:
        return None
    marks = frozenset(mark for mark in alternative.marks if mark.type in (None, name))
    return Shape(name, alternative.schemas, marks, values, integer)


def required(shape_):
    """The names of the members that an object of this shape has for certain."""
    return {name for schema in shape_.schemas for name in schema.get("required", ())}


def json_type(value):
    """The JSON type of a Python value, whole numbers being numbers."""
    if value is None:
        return "null"
    for kind, name in ((bool, "boolean"), ((int, float), "number"), (str, "string"), ((list, tuple), "array")):
        if isinstance(value, kind):
            return name
    return "object"


def same(one, other):
    """Whether two JSON values are equal; true is not 1."""
    return json_type(one) == json_type(other) and json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


class _TooMany(Exception):
    """More alternatives than are worth comparing."""


def _values_of(name):
    return {"null": [None], "boolean": [False, True]}.get(name)


def _stripped(schema):
    """A schema without annotations, as deep as schemas go."""
    if isinstance(schema, list):
        return [_stripped(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {}
    for name, value in schema.items():
        if name in _WITH_NAMED_SCHEMAS:
            kept[name] = {key: _stripped(one) for key, one in value.items()}
        elif name not in ANNOTATIONS:
            kept[name] = _stripped(value) if name in _WITH_SCHEMAS else value
    return kept
