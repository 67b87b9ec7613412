"""The description of the API for machines (OpenAPI 3.1), made from the contracts of what it answers and takes."""

import copy
from typing import Any, NamedTuple

from . import api_query
from . import openapi_parts as parts
from .openapi_parts import PREFIX

VERSION = "3.1.0"
TITLE = "Audit API"
SUMMARY = "Reads what the books say, and adds what outside systems own. Version 1 stands in the path."


class Entity(NamedTuple):
    """One kind of document.

    ``name`` and ``label`` for machines and for people; ``contract``: of what is answered, None where nothing is read;
    ``filters``: ``{name: Filter}`` with ``description`` and ``schema``; ``longest_page``: documents in one answer;
    ``upload``: contract of what is taken, or None.
    """

    name: str
    label: str
    contract: dict | None
    filters: dict
    longest_page: int
    upload: dict | None


def describe(entities, release, most_bytes):
    """Return the OpenAPI document as a dict.

    ``entities``: list of ``Entity``; ``release``: version of the addon; ``most_bytes``: size of the largest body.
    """
    schemas: dict[str, Any] = {"problem": parts.PROBLEM}
    paths = {**parts.general_paths()}
    for entity in entities:
        operations = {}
        if entity.contract:
            schemas.update(_schemas(entity.name, entity.contract, partial=True))
            operations["get"] = _list(entity)
            paths["%s/%s/{id}" % (PREFIX, entity.name)] = {"get": _record(entity)}
        if entity.upload:
            schemas.update(_schemas(entity.name + ".upload", entity.upload))
            operations["post"] = _add(entity, most_bytes)
        paths["%s/%s" % (PREFIX, entity.name)] = operations
    return {
        "openapi": VERSION,
        "info": {"title": TITLE, "summary": SUMMARY, "version": release},
        "servers": [{"url": "/"}],
        "security": [{"client": []}],
        "tags": [{"name": "access"}, *({"name": entity.name, "description": entity.label} for entity in entities)],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": schemas, "securitySchemes": {"client": _security(entities)}},
    }


def scopes(entities):
    """Return ``{scope: what it permits}`` of all ``entities``."""
    found = {}
    for entity in entities:
        if entity.contract:
            found["%s:read" % entity.name] = "Read: %s" % entity.label
        if entity.upload:
            found["%s:write" % entity.name] = "Add: %s" % entity.label
    return found


def list_parameters(entity):
    """Return ``[(name, schema, description)]`` of what a list of ``entity`` takes, its filters first."""
    own = [(name, one.schema, one.description) for name, one in sorted(entity.filters.items())]
    return [
        *own,
        (
            "changed_since",
            {"type": "string", "format": "date-time"},
            "Only what was changed at this time or later, in the order of the changes. Take `as_of` of the answer "
            "before for the next time; what was changed around it may come twice.",
        ),
        (
            "limit",
            {
                "type": "integer",
                "minimum": 1,
                "maximum": entity.longest_page,
                "default": min(api_query.DEFAULT_LIMIT, entity.longest_page),
            },
            "How many at most in one answer, %d and less." % entity.longest_page,
        ),
        ("cursor", {"type": "string", "maxLength": 400}, "Where to go on: simply follow `next` of an answer."),
        _fields_parameter(entity),
        _contract_parameter(),
    ]


def _fields_parameter(entity):
    names = sorted(entity.contract["properties"])
    return (
        "fields",
        {"type": "string", "maxLength": 1000, "pattern": "^(%s)(,(%s))*$" % ("|".join(names), "|".join(names))},
        "Only these members, separated by commas; `contract` and `id` always come.",
    )


def _contract_parameter():
    return (
        "contract",
        {"type": "integer", "minimum": 1, "maximum": 9999},
        "Major version of the contract to answer by; the newest by default.",
    )


def _list(entity):
    return {
        "tags": [entity.name],
        "operationId": "list_%s" % entity.name,
        "summary": "%s: a list" % entity.label,
        "parameters": [
            *(parts.query_parameter(*one) for one in list_parameters(entity)),
            parts.header_parameter("If-None-Match", "The `ETag` that you have."),
        ],
        "security": [{"client": ["%s:read" % entity.name]}],
        "responses": {
            "200": parts.success(
                "One page.",
                {
                    "type": "object",
                    "required": ["data", "next", "as_of"],
                    "additionalProperties": False,
                    "properties": {
                        "data": {"type": "array", "items": parts.ref(entity.name)},
                        "next": {"type": ["string", "null"], "description": "Address of the next page, or null."},
                        "as_of": {
                            "type": "string",
                            "format": "date-time",
                            "description": "Everything that was changed before this time can be seen by now.",
                        },
                    },
                },
            ),
            "304": parts.unchanged("Nothing has changed since the answer with this `ETag`."),
            **parts.refusals(400, 401, 403, 404, 405, 414, 429, 503),
        },
    }


def _record(entity):
    return {
        "tags": [entity.name],
        "operationId": "read_%s" % entity.name,
        "summary": "%s: one" % entity.label,
        "parameters": [
            {
                "name": "id",
                "in": "path",
                "required": True,
                "description": "Number of the record: the end of its `id`.",
                "schema": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
            },
            parts.query_parameter(*_fields_parameter(entity)),
            parts.query_parameter(*_contract_parameter()),
            parts.header_parameter("If-None-Match", "The `ETag` that you have."),
        ],
        "security": [{"client": ["%s:read" % entity.name]}],
        "responses": {
            "200": parts.success("The record.", parts.ref(entity.name)),
            "304": parts.unchanged("It has not changed since the answer with this `ETag`."),
            **parts.refusals(400, 401, 403, 404, 405, 414, 429, 503),
        },
    }


def _add(entity, most_bytes):
    return {
        "tags": [entity.name],
        "operationId": "add_%s" % entity.name,
        "summary": "%s: add one" % entity.label,
        "parameters": [
            parts.header_parameter(
                "Idempotency-Key",
                "Of your own choice, another one for each thing to add. Sent again with the same body, nothing is done "
                "again and the answer is the same, for 90 days.",
                {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[!#-\[\]-~]+$"},
                required=True,
            )
        ],
        "requestBody": {
            "required": True,
            "description": "At most %d bytes." % most_bytes,
            "content": {"application/json": {"schema": parts.ref(entity.name + ".upload")}},
        },
        "security": [{"client": ["%s:write" % entity.name]}],
        "responses": {
            "201": parts.success(
                "It was added.",
                {
                    "type": "object",
                    "required": ["id", "contract", "state", "result", "record", "received_at"],
                    "properties": {
                        "id": {"type": "string", "description": "The message as which it was received."},
                        "contract": {"type": "string"},
                        "state": {
                            "enum": ["processed", "exception"],
                            "description": "`exception`: a person has to decide something about it.",
                        },
                        "result": {"type": "string"},
                        "record": {"type": ["string", "null"], "description": "What was added or is concerned."},
                        "received_at": {"type": "string", "format": "date-time"},
                    },
                },
            ),
            **parts.refusals(400, 401, 403, 405, 409, 411, 413, 414, 415, 422, 429, 503),
        },
    }


def _security(entities):
    return {
        "type": "oauth2",
        "flows": {"clientCredentials": {"tokenUrl": PREFIX + "/token", "scopes": scopes(entities)}},
    }


def _schemas(name, contract, partial=False):
    """The contract and its parts as components. ``partial``: with ``fields`` only some members come."""
    schema = _rewritten(copy.deepcopy(contract), name)
    inner = {"%s.%s" % (name, part): inside for part, inside in schema.pop("$defs", {}).items()}
    for keyword in ("$schema", "$id"):
        schema.pop(keyword, None)
    if partial:
        schema["required"] = ["contract", "id"]
    return {name: schema, **inner}


def _rewritten(value, name):
    """Let references that meant a part of the contract mean the component of that part."""
    if isinstance(value, list):
        return [_rewritten(one, name) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: "#/components/schemas/%s.%s" % (name, one.removeprefix("#/$defs/"))
        if key == "$ref" and isinstance(one, str) and one.startswith("#/$defs/")
        else _rewritten(one, name)
        for key, one in value.items()
    }
