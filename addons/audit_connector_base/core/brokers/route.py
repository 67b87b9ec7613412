"""Where a message goes inside of a broker: a routing key, subject or stream, made from a template.

A template may hold ``{type}``, such as ``invoice.posted``, and ``{entity}``, such as ``invoice``, and nothing else.
"""

import re

PLACEHOLDERS = ("type", "entity")
MAX_LENGTH = 255  # bytes, of an AMQP short string; generous for the others

_BRACES = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,200}")
_UNFIT = re.compile(r"[\x00-\x20\x7f]")


def check(template):
    """Return ``template`` when it can be used; raises ``ValueError`` with the reason."""
    if not template:
        raise ValueError("It is empty.")
    for name in _BRACES.findall(template):
        if name not in PLACEHOLDERS:
            raise ValueError("{%s} is not known; there are {type} and {entity}." % name)
    rest = _BRACES.sub("", template)
    if "{" in rest or "}" in rest:
        raise ValueError("It has a brace without its other half.")
    if _UNFIT.search(rest) or len(template.encode()) > MAX_LENGTH - 100:
        raise ValueError("It holds a space or control character, or is too long.")
    return template


def check_subject(template):
    """As ``check``, for a subject of NATS, of which the parts between dots may not be empty or wildcards."""
    check(template)
    if any(token in ("", "*", ">") for token in fill(template, "a", "a").split(".")):
        raise ValueError("A subject has no empty parts between its dots, and no part that is * or >.")
    return template


def check_name(name):
    """Return the name of a stream or consumer of NATS when it may be one; raises ``ValueError`` with the reason."""
    if not _NAME.fullmatch(name):
        raise ValueError("“%s” cannot be the name of a stream or consumer: it has letters, digits, - and _." % name)
    return name


def fill(template, event_type, entity=""):
    """Return ``template`` with its placeholders replaced; ``entity`` is taken from the type where it is empty.

    Raises ``ValueError`` for a result that no broker takes.
    """
    values = {"type": event_type, "entity": entity or event_type.partition(".")[0]}
    route = _BRACES.sub(lambda match: values[match[1]], template)
    if not route or _UNFIT.search(route) or len(route.encode()) > MAX_LENGTH:
        raise ValueError("“%s” cannot be used for this message." % template)
    return route


def subjects(template):
    """Return the subjects of NATS that a stream must store so that all messages find it, as a list."""
    fixed = template.partition("{")[0]
    if fixed == template:
        return [template]
    parts = fixed.split(".")[:-1]
    return [".".join([*parts, ">"])]
