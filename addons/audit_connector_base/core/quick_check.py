"""A yes to messages that honour their contract, by ``jsonschema-rs`` where it is installed: seventy times as fast.

Nearly every message honours its contract, and a yes needs no explanation. What this does not say yes to is left to the
full validation, which decides and explains. Formats are those of the full validation, the length up to which a text is
held against a pattern, too; so both mean the same by a contract.
"""

import copy
import re

try:
    import jsonschema_rs
except ImportError:
    jsonschema_rs = None

# Classes and boundaries that the two libraries draw differently beyond ASCII. A plain \S is none of them: there
# jsonschema-rs is the stricter one.
_AMBIGUOUS = re.compile(r"\\[sbBpP]|(\[\^|\(\?!).*\\S")


def quick_checks(schemas, subschemas, formats, longest):
    """Return ``{key: function value -> bool}`` for contracts; without the library they never say yes.

    :param schemas: ``{key: contract (dict)}``, which may refer to one another by their ``$id``
    :param subschemas: function ``schema -> iterable of every schema inside``
    :param formats: ``{name of a format: function text -> bool}``
    :param longest: characters of the longest text that is held against a pattern
    """
    if jsonschema_rs is None:
        return {key: _never for key in schemas}
    bounded = {key: _bounded(schema, subschemas, longest) for key, schema in schemas.items()}
    registry = jsonschema_rs.Registry(
        [(schema["$id"], schema) for schema in bounded.values()],
        draft=jsonschema_rs.Draft202012,
        retriever=_refuse,
    )
    return {
        key: _never if _is_ambiguous(schema, subschemas) else _quick(schema, registry, formats)
        for key, schema in bounded.items()
    }


def _is_ambiguous(schema, subschemas):
    patterns = [
        pattern for one in subschemas(schema) for pattern in (one.get("pattern", ""), *one.get("patternProperties", ()))
    ]
    return any(map(_AMBIGUOUS.search, patterns))


def _bounded(schema, subschemas, longest):
    """The schema, in which no text that has to match a pattern may be longer than ``longest``."""
    schema = copy.deepcopy(schema)
    for one in subschemas(schema):
        if "pattern" in one:
            one["maxLength"] = min(one.get("maxLength", longest), longest)
    return schema


def _quick(schema, registry, formats):
    validator = jsonschema_rs.Draft202012Validator(
        schema, formats=formats, validate_formats=True, registry=registry, retriever=_refuse
    )

    def quick(value):
        try:
            return validator.is_valid(value)
        except (ValueError, TypeError, RecursionError):
            # Something that is no JSON, or nested beyond what the library takes.
            return False

    return quick


def _never(_value):
    return False


def _refuse(uri):
    raise ValueError("%s is not among the contracts" % uri)
