"""A contract as a dictionary: each member with its place, its kind, whether it must be there, and what it means.

For programs as ``Field``; for people as ``Entry``, in words that need no knowledge of JSON Schema.
"""

from typing import NamedTuple

from .violations import step, type_names

# A contract may refer to itself; its description ends somewhere.
MAX_DEPTH = 8
MAX_SHOWN = 200  # characters of an example or of a list of values

_WORDS = {
    "bic": "BIC", "iban": "IBAN", "id": "ID", "ids": "IDs", "odoo": "Odoo", "sha256": "SHA-256", "url": "URL",
    "vat": "VAT",
}  # fmt: skip
_KINDS = {
    "array": "List",
    "boolean": "Yes or no",
    "integer": "Whole number",
    "null": "Nothing",
    "number": "Number",
    "object": "Group of fields",
    "string": "Text",
}


class Field(NamedTuple):
    """One member of a contract: its JSON path (``[]`` for "each"), type, whether it must be present, its meaning."""

    path: str
    type: str
    required: bool
    description: str


class Entry(NamedTuple):
    """One member for people: ``label`` as ``Lines ▸ Account ▸ Name``, ``kind`` as ``Text of at most 64 characters``."""

    path: str
    label: str
    kind: str
    required: bool
    meaning: str
    example: str


def fields(schema):
    """Return the members of a contract as ``Field``, each group before its members."""
    return [
        Field(member.path, member.type_name, member.required, member.meaning) for member in _members(schema, schema)
    ]


def entries(schema):
    """Return the members of a contract as ``Entry``, each group before its members."""
    examples = schema.get("examples") or [None]
    return [
        Entry(
            member.path,
            " ▸ ".join(word(name) for name in member.names),
            member.kind,
            member.required,
            member.meaning,
            _shown(_example(examples, member.names)),
        )
        for member in _members(schema, schema)
    ]


def word(name):
    """``"Payment reference"`` of ``"payment_reference"``."""
    words = [_WORDS.get(part, part) for part in name.split("_")]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


class _Member:
    """A member under way: the schema that was written for it and what that comes to."""

    def __init__(self, root, path, names, schema, required):
        self.path, self.names, self.required = path, names, required
        self.targets, self.nullable = _resolved(root, schema)
        own = schema.get("description", "") if isinstance(schema, dict) else ""
        self.meaning = own or next((one["description"] for one in self.targets if one.get("description")), "")

    @property
    def type_name(self):
        target = self.targets[-1] if self.targets else {}
        name = type_names(target.get("type", "const" if "const" in target else "any"))
        return name + (" or null" if self.nullable else "")

    @property
    def kind(self):
        kinds = list(dict.fromkeys(kind for one in self.targets for kind in _kinds(one)))
        nullable = self.nullable or "Nothing" in kinds
        kinds = [kind for kind in kinds if kind != "Nothing"] or ["Anything"]
        return ", or ".join(kinds) + (", or empty" if nullable else "")


def _members(root, schema, path="$", names=(), depth=0):
    if depth > MAX_DEPTH:
        return
    required = schema.get("required", ())
    for name, written in schema.get("properties", {}).items():
        member = _Member(root, path + step(name), (*names, name), written, name in required)
        yield member
        for target in member.targets:
            yield from _members(root, target, member.path, member.names, depth + 1)
            if isinstance(target.get("items"), dict):
                for item in _resolved(root, target["items"])[0]:
                    yield from _members(root, item, member.path + "[]", member.names, depth + 1)


def _resolved(root, schema, depth=0):
    """Follow local references and alternatives; returns ``(schemas without null, may be null)``."""
    if not isinstance(schema, dict) or depth > MAX_DEPTH:
        return [], False
    if schema.get("type") == "null":
        return [], True
    if str(schema.get("$ref", "")).startswith("#/$defs/"):
        return _resolved(root, root.get("$defs", {}).get(schema["$ref"][len("#/$defs/") :]), depth + 1)
    targets, nullable = [], False
    for branch in [*schema.get("anyOf", ()), *schema.get("oneOf", ())]:
        found, may_be_null = _resolved(root, branch, depth + 1)
        targets, nullable = targets + found, nullable or may_be_null
    return targets or [schema], nullable


def _kinds(schema):
    """What a schema without references permits, as a list of phrases."""
    if "const" in schema:
        return ["Always %s" % _shown(schema["const"])]
    if "enum" in schema:
        values = [value for value in schema["enum"] if value is not None]
        nothing = ["Nothing"] if len(values) < len(schema["enum"]) else []
        return ["One of: %s" % _shown(", ".join(str(value) for value in values)), *nothing]
    types = schema.get("type", ())
    return [_kind(name, schema) for name in ([types] if isinstance(types, str) else types)]


def _kind(name, schema):
    if name == "string":
        if schema.get("format") == "date":
            return "Date, as 2026-03-31"
        if schema.get("format") == "date-time":
            return "Time, as 2026-03-31T09:30:00Z"
        text = "Text in a fixed form" if "pattern" in schema else "Text"
        return text + (" of at most %d characters" % schema["maxLength"] if "maxLength" in schema else "")
    if name in ("integer", "number"):
        low, high = schema.get("minimum"), schema.get("maximum")
        if low is not None and high is not None:
            return "%s from %s to %s" % (_KINDS[name], low, high)
        bound = " of at least %s" % low if low is not None else " of at most %s" % high if high is not None else ""
        return _KINDS[name] + bound
    if name == "array" and "maxItems" in schema:
        return "List of at most %d" % schema["maxItems"]
    return _KINDS[name]


def _example(examples, names):
    """The first value of a member that an example has, of lists that of an item; None when there is none."""
    for value in examples:
        for name in names:
            while isinstance(value, list) and value:
                value = value[0]
            value = value.get(name) if isinstance(value, dict) else None
        if value is not None and not isinstance(value, (dict, list)):
            return value
    return None


def _shown(value):
    if value is None:
        return ""
    text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
