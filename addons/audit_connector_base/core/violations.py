"""What is wrong with a message: the errors of ``jsonschema`` as places and rules, never with the value.

They are stored longer than the payload may be.
"""

import re
from typing import NamedTuple


class Violation(NamedTuple):
    """``path`` is a JSON path such as ``$.lines[3].amount``."""

    path: str
    message: str


def explained(errors):
    """Turn errors of ``jsonschema`` into violations: one per missing or foreign member, without values."""
    for error in errors:
        path = json_path(error.absolute_path)
        if error.validator == "required":
            missing = [name for name in error.validator_value if name not in error.instance]
            # One error comes per missing member, all alike: the message tells which.
            name = next((n for n in missing if error.message.startswith(repr(n))), missing[0])
            yield Violation(path + step(name), "is missing")
        elif error.validator == "additionalProperties" and error.validator_value is False:
            for name in _foreign(error):
                yield Violation(path + step(name), "is not part of the contract")
        else:
            yield Violation(path, _message(error))


def json_path(steps):
    """``$.lines[3]`` of ``["lines", 3]``."""
    return "$" + "".join("[%d]" % one if isinstance(one, int) else step(one) for one in steps)


def step(name):
    """A member's name as a step of a JSON path, cut to what a person can read."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        return "." + name
    return "['%s']" % name[:100].replace("\\", "\\\\").replace("'", "\\'")


def type_names(value):
    """``"string or null"`` of ``["string", "null"]``."""
    return " or ".join([value] if isinstance(value, str) else value)


def _foreign(error):
    known = error.schema.get("properties", {})
    patterns = [re.compile(pattern) for pattern in error.schema.get("patternProperties", {})]
    return [n for n in error.instance if n not in known and not any(p.search(n) for p in patterns)]


def _message(error):
    rule, value = error.validator, error.validator_value
    if rule == "type":
        return "must be %s, not %s" % (type_names(value), _json_type(error.instance))
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
