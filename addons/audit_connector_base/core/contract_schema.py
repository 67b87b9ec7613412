"""Reading a contract: from the bytes of a JSON Schema 2020-12 to a schema that is safe to check messages with.

A contract may come from people. So its size, its depth and what it may cost are limited, its patterns cannot backtrack
for ever, and a ``$ref`` reaches only into the contracts that are loaded, never to the network.
"""

import json
import re
from typing import NamedTuple

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing.exceptions import Unresolvable

from . import canonical
from .formats import FORMATS
from .patterns import compile_pattern
from .schema_cost import check_cost

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_SIZE = 512 * 1024  # bytes; the largest of ours has 24 kB
MAX_DEPTH = 64  # of brackets in brackets

_FILE_NAME = re.compile(
    r"(?P<entity>[a-z][a-z0-9_]{0,63})\.v(?P<major>[1-9][0-9]{0,3})(\.(?P<minor>[1-9][0-9]{0,3}))?\.json"
)
# Keywords whose values are data, in which "pattern" or "$ref" mean nothing.
_DATA_KEYWORDS = ("const", "default", "enum", "examples")
_NAMED_SCHEMAS = ("$defs", "dependentSchemas", "patternProperties", "properties")


class ContractError(Exception):
    """A contract that cannot be used, or that is not there; the text says which and why."""


class Key(NamedTuple):
    """What a version of a contract is called: ``invoice``, ``1``, ``0``."""

    entity: str
    major: int
    minor: int = 0

    @property
    def identifier(self):
        """The ``$id`` of its schema: ``urn:odoo-audit:contract:invoice:1``, of a later minor version ``…:1.2``."""
        version = "%d.%d" % self[1:] if self.minor else "%d" % self.major
        return "urn:odoo-audit:contract:%s:%s" % (self.entity, version)

    @property
    def file_name(self):
        """``invoice.v1.json``, of a later minor version ``invoice.v1.2.json``."""
        version = "%d.%d" % self[1:] if self.minor else "%d" % self.major
        return "%s.v%s.json" % (self.entity, version)


def key_of_file(name):
    """Return the ``Key`` that a file's name says; raises ``ContractError`` when it says none."""
    match = _FILE_NAME.fullmatch(name)
    if not match:
        raise ContractError("%s is not named <entity>.v<major>.json." % name)
    return Key(match["entity"], int(match["major"]), int(match["minor"] or 0))


def renumbered(text, old, new):
    """Return the text of a contract as that of another version: with its ``$id`` and the name that messages bear.

    Only these words are exchanged; everything else, white space included, stays as it was written.

    :param old: ``Key`` of the text, ``new``: the ``Key`` that it shall have
    """
    text = text.replace('"%s"' % old.identifier, '"%s"' % new.identifier)
    return text.replace('"%s/%d"' % old[:2], '"%s/%d"' % new[:2])


def skeleton(key, title):
    """Return the text of a contract that says nothing yet, to begin with."""
    schema = {
        "$schema": DIALECT,
        "$id": key.identifier,
        "title": title,
        "description": "",
        "type": "object",
        "additionalProperties": False,
        "required": ["contract"],
        "properties": {
            "contract": {
                "description": "Name and major version of this contract.",
                "const": "%s/%d" % key[:2],
            },
        },
        "examples": [{"contract": "%s/%d" % key[:2]}],
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def read_schema(data, key, name=None):
    """Return the schema (a dict) that ``data`` (bytes) holds, checked as far as it stands alone.

    What it refers to and what it costs is for ``check_schema``, which knows the others.

    :param key: the ``Key`` that it must have
    :param name: what to call it in errors
    :raises ContractError:
    """
    name = name or key.file_name
    if len(data) > MAX_SIZE:
        raise ContractError("%s is larger than %d kB." % (name, MAX_SIZE // 1024))
    try:
        schema = canonical.loads_strict(data, max_depth=MAX_DEPTH)
        Draft202012Validator.check_schema(schema)
    except canonical.CanonicalError as error:
        raise ContractError("%s is not proper JSON: %s." % (name, error)) from None
    except SchemaError as error:
        raise ContractError("%s is no JSON Schema: %s: %s." % (name, error.json_path, error.message[:200])) from None
    if not isinstance(schema, dict) or schema.get("$schema") != DIALECT:
        raise ContractError("%s does not name JSON Schema 2020-12 as its $schema." % name)
    if schema.get("$id") != key.identifier:
        raise ContractError("%s must have the $id %s." % (name, key.identifier))
    return schema


def check_schema(name, schema, registry, patterns):
    """Compile every pattern of ``schema`` into ``patterns``, follow every reference once, and ask what it may cost.

    :param registry: ``referencing.Registry`` of all that it may refer to, itself included
    :param patterns: ``{pattern: compiled}``, filled here
    :raises ContractError:
    """
    resolver = registry.resolver(schema["$id"])
    for subschema in subschemas(schema):
        for pattern in [subschema.get("pattern"), *subschema.get("patternProperties", ())]:
            if pattern is not None:
                try:
                    patterns[pattern] = compile_pattern(pattern)
                except ValueError as error:
                    raise ContractError("%s: %s" % (name, error)) from None
        if subschema.get("format", "date") not in FORMATS.checkers:
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
    try:
        check_cost(schema, lambda reference: resolver.lookup(reference).contents)
    except ValueError as error:
        raise ContractError("%s: %s" % (name, error)) from None


def subschemas(schema):
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
