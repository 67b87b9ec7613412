"""Data contracts: JSON Schema 2020-12 files, one per entity and version, named ``<entity>.v<major>.json``.

A later minor version of a contract is a file of its own, ``<entity>.v<major>.<minor>.json``. Violations name the place
and the rule and never quote the value, because they are stored longer than the payload may be.
"""

from itertools import islice
from pathlib import Path

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from .contract_schema import DIALECT, ContractError, Key, check_schema, key_of_file, read_schema, subschemas
from .dictionary import Field, fields
from .formats import FORMATS
from .quick_check import quick_checks
from .violations import Violation, explained

__all__ = ["DIALECT", "Contract", "ContractError", "Contracts", "Field", "Key", "Violation"]

# A pattern without nested repetition may still take time quadratic in the length of the text.
MAX_PATTERN_TEXT = 10_000


def validators(schemas):
    """Return ``{key: jsonschema validator}`` of ``{key: schema}``, which may refer to one another by their ``$id``.

    :raises ContractError: for a schema that refers to something else, whose formats or patterns are not safe to check,
        or whose check may take too long
    """
    # With a $schema inside, jsonschema would go on with a validator of its own at every "$ref": "#".
    schemas = {key: {name: one for name, one in schema.items() if name != "$schema"} for key, schema in schemas.items()}
    # A registry without a retriever knows what it is given and asks nobody else.
    registry = Registry().with_resources((one["$id"], Resource(one, DRAFT202012)) for one in schemas.values())
    patterns = {}
    for key, schema in schemas.items():
        check_schema(key.file_name, schema, registry, patterns)
    validator = extend(Draft202012Validator, {"pattern": _pattern_check(patterns)})
    return {key: validator(schema, registry=registry, format_checker=FORMATS) for key, schema in schemas.items()}


class Contract:
    """One version of a contract on its own, compiled; it refers to nothing outside of itself.

    :raises ContractError: as ``read_schema`` and ``validators``
    """

    def __init__(self, data, key):
        self.key = key
        self.schema = read_schema(data, key)
        schemas = {key: self.schema}
        self.validator = validators(schemas)[key]
        self._quick = _quick(schemas)[key]

    def violations(self, payload, limit=50):
        """Return at most ``limit`` ``Violation``; an empty list means that ``payload`` honours the contract."""
        if self._quick(payload):
            return []
        return list(islice(explained(self.validator.iter_errors(payload)), limit))


class Contracts:
    """The contracts of one or several folders, of each major version the newest minor one; compiled once.

    Raises ``ContractError`` for a schema that is invalid, that refers to something not loaded, or that is not safe to
    check.
    """

    def __init__(self, *folders):
        files = {}
        for path in [path for folder in folders for path in sorted(Path(folder).glob("*.json"))]:
            key = key_of_file(path.name)
            if key in files:
                raise ContractError("The contract %s exists in two folders." % path.name)
            files[key] = path
        newest = {key[:2]: key for key in sorted(files)}
        schemas = {key: read_schema(files[key].read_bytes(), key) for key in newest.values()}
        self._schemas = {key[:2]: schema for key, schema in schemas.items()}
        self._validators = {key[:2]: validator for key, validator in validators(schemas).items()}
        self._quick = {key[:2]: quick for key, quick in _quick(schemas).items()}

    def entities(self):
        """Return ``{entity: [major versions, ascending]}``."""
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
        return list(islice(explained(self._validators[entity, version].iter_errors(payload)), limit))

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
            "fields": fields(schema),
        }


def _quick(schemas):
    formats = {name: check for name, (check, _raises) in FORMATS.checkers.items()}
    return quick_checks(schemas, subschemas, formats, MAX_PATTERN_TEXT)


def _pattern_check(patterns):
    def check(_validator, pattern, instance, _schema):
        if not isinstance(instance, str):
            return
        if len(instance) > MAX_PATTERN_TEXT:
            yield ValidationError("is longer than %d characters" % MAX_PATTERN_TEXT)
        elif not patterns[pattern].search(instance):
            yield ValidationError("does not match the pattern %s" % pattern)

    return check
