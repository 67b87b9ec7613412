"""Data contracts: JSON Schema 2020-12 files, one per entity and major version, named ``<entity>.v<major>.json``.

The registry is closed: a ``$ref`` reaches only into the contracts that are loaded, never to the network. Formats and
patterns are checked by rules of our own, so that a contract means the same wherever it runs. Violations name the
place and the rule and never quote the value, because they are stored longer than the payload may be.
"""

import re
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.validators import extend
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from . import canonical
from .patterns import compile_pattern
from .quick_check import quick_checks

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# A pattern without nested repetition may still take time quadratic in the length of the text.
MAX_PATTERN_TEXT = 10_000
# A contract may refer to itself; its description ends somewhere.
MAX_DESCRIBED_DEPTH = 8

_FILE_NAME = re.compile(r"(?P<entity>[a-z][a-z0-9_]*)\.v(?P<version>[1-9][0-9]{0,3})\.json")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME = re.compile(
    r"(?P<local>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,9})?"
    r"(Z|[+-](?P<hours>[0-9]{2}):(?P<minutes>[0-9]{2}))"
)
# Keywords whose values are data, in which "pattern" or "$ref" mean nothing.
_DATA_KEYWORDS = ("const", "default", "enum", "examples")
_NAMED_SCHEMAS = ("$defs", "dependentSchemas", "patternProperties", "properties")


class ContractError(Exception):
    """A contract that cannot be used, or that is not there; the text says which and why."""


class Violation(NamedTuple):
    """``path`` is a JSON path such as ``$.lines[3].amount``."""

    path: str
    message: str


class Field(NamedTuple):
    """One member of a contract: its JSON path (``[]`` for "each"), type, whether it must be present, its meaning."""

    path: str
    type: str
    required: bool
    description: str


class Contracts:
    """The contracts of one or several folders; loaded and compiled once.

    Raises ``ContractError`` for a schema that is invalid, that refers to something not loaded, or whose formats or
    patterns are not safe to check.
    """

    def __init__(self, *folders):
        self._schemas = {}
        for folder in folders:
            for path in sorted(Path(folder).glob("*.json")):
                self._load(path)
        # A registry without a retriever knows what it is given and asks nobody else.
        registry = Registry().with_resources(
            (schema["$id"], Resource(schema, DRAFT202012)) for schema in self._schemas.values()
        )
        patterns = {}
        for key, schema in self._schemas.items():
            _check_schema("%s.v%d.json" % key, schema, registry, patterns)
        validator = extend(Draft202012Validator, {"pattern": _pattern_check(patterns)})
        self._validators = {
            key: validator(schema, registry=registry, format_checker=_FORMATS) for key, schema in self._schemas.items()
        }
        formats = {name: check for name, (check, _raises) in _FORMATS.checkers.items()}
        self._quick = quick_checks(self._schemas, _subschemas, formats, MAX_PATTERN_TEXT)

    def entities(self):
        """Return ``{entity: [versions, ascending]}``."""
        found = {}
        for entity, version in sorted(self._schemas):
            found.setdefault(entity, []).append(version)
        return found

    def schema(self, entity, version):
        """Return the JSON Schema as loaded; raises ``ContractError`` when there is none."""
        try:
            return self._schemas[entity, version]
        except KeyError:
            raise ContractError("There is no contract %s/%s." % (entity, version)) from None

    def violations(self, entity, version, payload, limit=50):
        """Return at most ``limit`` ``Violation``; an empty list means that ``payload`` honours its contract."""
        self.schema(entity, version)
        if self._quick[entity, version](payload):
            return []
        return list(islice(_explained(self._validators[entity, version].iter_errors(payload)), limit))

    def describe(self, entity, version=None):
        """Return ``{entity, version, id, title, description, fields}`` of a contract, the newest by default."""
        if version is None:
            version = max((v for e, v in self._schemas if e == entity), default=None)
        schema = self.schema(entity, version)
        return {
            "entity": entity,
            "version": version,
            "id": schema["$id"],
            "title": schema.get("title", ""),
            "description": schema.get("description", ""),
            "fields": list(_fields(schema, schema, "$")),
        }

    def _load(self, path):
        name = _FILE_NAME.fullmatch(path.name)
        if not name:
            raise ContractError("%s is not named <entity>.v<major>.json." % path.name)
        key = name["entity"], int(name["version"])
        if key in self._schemas:
            raise ContractError("The contract %s exists in two folders." % path.name)
        try:
            schema = canonical.loads_strict(path.read_bytes(), max_depth=128)
            Draft202012Validator.check_schema(schema)
        except canonical.CanonicalError as error:
            raise ContractError("%s is not proper JSON: %s." % (path.name, error)) from None
        except SchemaError as error:
            raise ContractError("%s is no JSON Schema: %s: %s." % (path.name, error.json_path, error.message)) from None
        if not isinstance(schema, dict) or schema.get("$schema") != DIALECT:
            raise ContractError("%s does not name JSON Schema 2020-12 as its $schema." % path.name)
        expected = "urn:odoo-audit:contract:%s:%d" % key
        if schema.get("$id") != expected:
            raise ContractError("%s must have the $id %s." % (path.name, expected))
        self._schemas[key] = schema


def _check_schema(name, schema, registry, patterns):
    """Compile every pattern of ``schema`` into ``patterns`` and follow every reference once."""
    resolver = registry.resolver(schema["$id"])
    for subschema in _subschemas(schema):
        for pattern in [subschema.get("pattern"), *subschema.get("patternProperties", ())]:
            if pattern is not None:
                try:
                    patterns[pattern] = compile_pattern(pattern)
                except ValueError as error:
                    raise ContractError("%s: %s" % (name, error)) from None
        if subschema.get("format", "date") not in _FORMATS.checkers:
            raise ContractError("%s: the format %r is not checked here; use a pattern." % (name, subschema["format"]))
        if "$dynamicRef" in subschema or "$id" in subschema and subschema is not schema:
            raise ContractError("%s: $dynamicRef and inner $id are not supported; use $ref and $defs." % name)
        if "$ref" in subschema:
            try:
                resolver.lookup(subschema["$ref"])
            except Unresolvable:
                raise ContractError(
                    "%s refers to %s, which is not among the contracts." % (name, subschema["$ref"])
                ) from None


def _subschemas(schema):
    """Yield every object below ``schema`` that is a schema, leaving out members that only happen to be objects."""
    pending = [schema]
    while pending:
        item = pending.pop()
        if isinstance(item, list):
            pending.extend(item)
        elif isinstance(item, dict):
            yield item
            for keyword, value in item.items():
                if keyword in _NAMED_SCHEMAS and isinstance(value, dict):
                    pending.extend(value.values())
                elif keyword not in _DATA_KEYWORDS and isinstance(value, (dict, list)):
                    pending.append(value)


def _pattern_check(patterns):
    def check(_validator, pattern, instance, _schema):
        if not isinstance(instance, str):
            return
        if len(instance) > MAX_PATTERN_TEXT:
            yield ValidationError("is longer than %d characters" % MAX_PATTERN_TEXT)
        elif not patterns[pattern].search(instance):
            yield ValidationError("does not match the pattern %s" % pattern)

    return check


def _is_date(text):
    if not isinstance(text, str):
        return True
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_date_time(text):
    """RFC 3339: a date, ``T``, a time to the second or finer, and ``Z`` or an offset."""
    if not isinstance(text, str):
        return True
    match = _DATE_TIME.fullmatch(text)
    if not match or int(match["hours"] or 0) > 23 or int(match["minutes"] or 0) > 59:
        return False
    try:
        datetime.fromisoformat(match["local"])
    except ValueError:
        return False
    return True


_FORMATS = FormatChecker(formats=())
_FORMATS.checkers = {"date": (_is_date, ()), "date-time": (_is_date_time, ())}


def _explained(errors):
    """Turn errors of ``jsonschema`` into violations: one per missing or foreign member, without values."""
    for error in errors:
        path = _json_path(error.absolute_path)
        if error.validator == "required":
            missing = [name for name in error.validator_value if name not in error.instance]
            # One error comes per missing member, all alike: the message tells which.
            name = next((n for n in missing if error.message.startswith(repr(n))), missing[0])
            yield Violation(path + _step(name), "is missing")
        elif error.validator == "additionalProperties" and error.validator_value is False:
            for name in _foreign(error):
                yield Violation(path + _step(name), "is not part of the contract")
        else:
            yield Violation(path, _message(error))


def _foreign(error):
    known = error.schema.get("properties", {})
    patterns = [re.compile(pattern) for pattern in error.schema.get("patternProperties", {})]
    return [n for n in error.instance if n not in known and not any(p.search(n) for p in patterns)]


def _message(error):
    rule, value = error.validator, error.validator_value
    if rule == "type":
        return "must be %s, not %s" % (_type_names(value), _json_type(error.instance))
    if rule == "enum":
        return "must be one of %s" % ", ".join("null" if v is None else str(v) for v in value)
    if rule == "const":
        return "must be %s" % value
    if rule == "format":
        return "is no valid %s" % value
    if rule == "pattern":
        return error.message
    wording = {
        "minLength": "is shorter than %s characters",
        "maxLength": "is longer than %s characters",
        "minItems": "has fewer than %s items",
        "maxItems": "has more than %s items",
        "minimum": "is less than %s",
        "maximum": "is more than %s",
        "exclusiveMinimum": "is not more than %s",
        "exclusiveMaximum": "is not less than %s",
        "minProperties": "has fewer than %s members",
        "maxProperties": "has more than %s members",
    }
    if rule in wording:
        return wording[rule] % value
    return "does not satisfy %s of the contract" % rule


def _json_path(steps):
    return "$" + "".join("[%d]" % step if isinstance(step, int) else _step(step) for step in steps)


def _step(name):
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        return "." + name
    return "['%s']" % name[:100].replace("\\", "\\\\").replace("'", "\\'")


def _json_type(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, dict):
        return "object"
    if isinstance(value, (list, tuple)):
        return "array"
    return "number"


def _type_names(value):
    return " or ".join([value] if isinstance(value, str) else value)


def _fields(root, schema, path, depth=0):
    if depth > MAX_DESCRIBED_DEPTH:
        return
    required = schema.get("required", ())
    for name, member in schema.get("properties", {}).items():
        target, nullable = _resolved(root, member)
        types = target.get("type", "const" if "const" in target else "any")
        types = _type_names(types) + (" or null" if nullable else "")
        place = path + _step(name)
        yield Field(place, types, name in required, member.get("description") or target.get("description", ""))
        yield from _fields(root, target, place, depth + 1)
        if "items" in target:
            yield from _fields(root, _resolved(root, target["items"])[0], place + "[]", depth + 1)


def _resolved(root, schema):
    """Follow a local ``$ref``, also inside ``anyOf`` with null; returns ``(schema, may be null)``."""
    nullable = False
    for branch in schema.get("anyOf", ()):
        if branch == {"type": "null"}:
            nullable = True
        else:
            schema = branch
    reference = schema.get("$ref", "")
    if reference.startswith("#/$defs/"):
        return root["$defs"][reference[len("#/$defs/") :]], nullable
    return schema, nullable
