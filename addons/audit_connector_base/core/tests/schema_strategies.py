"""Hypothesis strategies: small schemas of the kinds that contracts use, changed copies of them, and values for them.

Names, texts and numbers come from a few, so that two schemas have something to do with one another, and values lie on
and beside the limits.
"""

import copy

from hypothesis import strategies as st

NAMES = ["a", "b", "xa"]
TEXTS = ["", "a", "b", "ab", "ba", "aaa", "2026-03-31", "2026-02-30", "2026-03-31T10:00:00Z"]
PATTERNS = ["^a*$", "^[ab]+$", "b", "^.{2}$"]
SCALARS = [None, True, False, 0, 1, 2, 3, *TEXTS]
DEFINITIONS = ["d", "e"]

numbers = st.integers(-1, 4)
lengths = st.integers(0, 3)


def _some(options):
    """A dict with some of the members that ``options`` (name to strategy) may have."""
    return st.fixed_dictionaries({}, optional=options)


texts = _some(
    {
        "minLength": lengths,
        "maxLength": lengths,
        "pattern": st.sampled_from(PATTERNS),
        "format": st.sampled_from(["date", "date-time"]),
    }
)
counts = _some(
    {
        "minimum": numbers,
        "maximum": numbers,
        "exclusiveMinimum": numbers,
        "exclusiveMaximum": numbers,
        "multipleOf": st.integers(1, 3),
    }
)
listed = st.one_of(
    st.builds(lambda value: {"const": value}, st.sampled_from(SCALARS)),
    st.builds(lambda values: {"enum": values}, st.lists(st.sampled_from(SCALARS), min_size=1, max_size=3)),
)
types = st.one_of(
    st.sampled_from(["string", "integer", "number", "null", "boolean"]),
    st.lists(st.sampled_from(["string", "integer", "null", "object", "array"]), min_size=1, max_size=2, unique=True),
)
leaves = st.one_of(
    st.booleans(),
    st.just({}),
    listed,
    st.builds(lambda kind, more: {"type": "string", **more} if kind else more, st.booleans(), texts),
    st.builds(lambda kind, more: {"type": kind, **more}, st.sampled_from(["integer", "number"]), counts),
    st.builds(lambda kind, one, other: {"type": kind, **one, **other}, types, texts, counts),
    st.builds(lambda name: {"$ref": "#/$defs/" + name}, st.sampled_from(DEFINITIONS)),
)


def _composed(parts):
    several = st.lists(parts, min_size=1, max_size=2)
    members = st.dictionaries(st.sampled_from(NAMES), parts, max_size=3)
    objects = _some(
        {
            "type": st.just("object"),
            "properties": members,
            "required": st.lists(st.sampled_from(NAMES), max_size=2, unique=True),
            "additionalProperties": st.one_of(st.just(False), parts),
            "patternProperties": st.dictionaries(st.sampled_from(["^x", "a"]), parts, max_size=2),
            "minProperties": lengths,
            "maxProperties": lengths,
        }
    )
    lists = _some(
        {
            "type": st.just("array"),
            "items": parts,
            "prefixItems": several,
            "minItems": lengths,
            "maxItems": lengths,
            "uniqueItems": st.booleans(),
        }
    )
    odd = _some(
        {
            "not": parts,
            "if": parts,
            "then": parts,
            "contains": parts,
            "minContains": st.integers(0, 1),
            "propertyNames": parts,
            "dependentRequired": st.just({"a": ["b"]}),
            "unevaluatedProperties": st.just(False),
        }
    )
    choices = st.builds(
        lambda keyword, branches, beside: {**(beside if isinstance(beside, dict) else {}), keyword: branches},
        st.sampled_from(["anyOf", "oneOf", "allOf"]),
        several,
        leaves,
    )
    return st.one_of(objects, objects, lists, choices, st.builds(lambda a, b: {**a, **b}, objects, odd))


parts = st.recursive(leaves, _composed, max_leaves=6)


@st.composite
def schemas(draw):
    root = draw(parts.filter(lambda one: isinstance(one, dict)))
    return {**root, "$defs": {name: draw(parts) for name in DEFINITIONS}}


tweaks = st.one_of(
    st.tuples(st.sampled_from(["minLength", "maxLength", "minItems", "maxItems"]), lengths),
    st.tuples(st.sampled_from(["minProperties", "maxProperties"]), lengths),
    st.tuples(st.sampled_from(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]), numbers),
    st.tuples(st.just("multipleOf"), st.integers(1, 3)),
    st.tuples(st.just("pattern"), st.sampled_from(PATTERNS)),
    st.tuples(st.just("required"), st.lists(st.sampled_from(NAMES), max_size=2, unique=True)),
    st.tuples(st.just("additionalProperties"), leaves),
    st.tuples(st.just("uniqueItems"), st.booleans()),
    st.tuples(st.just("type"), types.map(lambda kind: kind if isinstance(kind, (str, list)) else [kind])),
)


@st.composite
def changed(draw, schema):
    """A copy of ``schema`` in which up to two places are other, mostly in one keyword only."""
    schema = copy.deepcopy(schema)
    for _change in range(draw(st.integers(1, 2))):
        holder, step = draw(st.sampled_from([(None, None), *_places(schema)]))
        place = schema if holder is None else holder[step]
        deed = draw(st.sampled_from(["tweak", "tweak", "tweak", "drop", "replace"]))
        keywords = sorted(set(place) - {"$defs"}) if isinstance(place, dict) else []
        if deed == "drop" and keywords:
            del place[draw(st.sampled_from(keywords))]
        elif deed == "tweak" and isinstance(place, dict):
            keyword, value = draw(tweaks)
            place[keyword] = value
        elif holder is not None:
            holder[step] = draw(parts)
    return schema


def _places(schema):
    """Yield ``(holder, step)`` of every schema below ``schema``."""
    for keyword in ("properties", "patternProperties", "$defs"):
        for name, part in schema.get(keyword, {}).items():
            yield schema[keyword], name
            yield from _places(part) if isinstance(part, dict) else ()
    for keyword in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for index, part in enumerate(schema.get(keyword, ())):
            yield schema[keyword], index
            yield from _places(part) if isinstance(part, dict) else ()
    for keyword in ("items", "additionalProperties", "not", "if", "then", "contains", "propertyNames"):
        if keyword in schema:
            yield schema, keyword
            yield from _places(schema[keyword]) if isinstance(schema[keyword], dict) else ()


anything = st.recursive(
    st.sampled_from(SCALARS),
    lambda below: st.one_of(
        st.lists(below, max_size=3), st.dictionaries(st.sampled_from([*NAMES, "z"]), below, max_size=3)
    ),
    max_leaves=5,
)


@st.composite
def values(draw, schema, root, depth=0):
    """A value that has a good chance to honour ``schema``."""
    if not isinstance(schema, dict) or depth > 4 or draw(st.integers(0, 9)) == 0:
        return draw(anything)
    if "const" in schema or "enum" in schema:
        return draw(st.sampled_from([schema["const"]] if "const" in schema else schema["enum"]))
    for keyword in ("anyOf", "oneOf", "allOf"):
        if keyword in schema and draw(st.integers(0, 3)):
            return draw(values(draw(st.sampled_from(schema[keyword])), root, depth + 1))
    if "$ref" in schema:
        return draw(values(root["$defs"][schema["$ref"].rpartition("/")[2]], root, depth + 1))
    if _speaks_of(schema, "object") and draw(st.integers(0, 5)):
        return draw(_objects(schema, root, depth))
    if _speaks_of(schema, "array") and draw(st.integers(0, 5)):
        listed_ = [draw(values(one, root, depth + 1)) for one in schema.get("prefixItems", ())]
        return listed_ + draw(st.lists(values(schema.get("items", {}), root, depth + 1), max_size=3))
    kinds = schema.get("type") or _kinds(schema)
    kind = kinds if isinstance(kinds, str) else draw(st.sampled_from(kinds))
    scalars = {
        "string": st.sampled_from(TEXTS),
        "integer": numbers,
        "number": numbers,
        "null": st.none(),
        "boolean": st.booleans(),
        "object": st.just({}),
        "array": st.just([]),
    }
    return draw(scalars[kind])


@st.composite
def _objects(draw, schema, root, depth):
    made = {}
    for name in [*NAMES, "z"]:
        member = schema.get("properties", {}).get(name, schema.get("additionalProperties", {}))
        if name in schema.get("required", ()) or member is not False and draw(st.booleans()):
            made[name] = draw(values(member, root, depth + 1))
    return made


def _kinds(schema):
    if {"minLength", "maxLength", "pattern", "format"}.intersection(schema):
        return ["string"]
    return ["string", "integer", "null"]


def _speaks_of(schema, kind):
    keyword = {"object": ("properties", "required", "additionalProperties", "patternProperties"), "array": ("items",)}
    return kind == schema.get("type") or any(one in schema for one in keyword[kind])
