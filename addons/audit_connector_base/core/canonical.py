"""Canonical JSON (RFC 8785, JCS) and the strict reading of JSON that comes from outside.

What is hashed, signed or stored as evidence must mean the same to every reader. So everything on which two JSON
implementations may differ is refused instead of repaired: floats, duplicate members, U+0000, lone surrogates and
integers beyond 2^53-1. There is no Unicode normalisation: NFC and NFD are different texts.
"""

import json
import re
from decimal import Decimal

import rfc8785

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 64
# Enough for any amount or rate, and small enough that no arithmetic on it becomes expensive.
MAX_NUMBER_LENGTH = 64
MAX_EXPONENT = 308
# Characters of a member name that stand in the path of an error.
MAX_SHOWN = 60
# Larger values are encoded all the same, only not by the short way.
MAX_SIMPLE_WIDTH = 100_000

_encode_simple = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode
_DOUBTFUL_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_SIMPLE_TYPES = {str, bool, type(None)}


class CanonicalError(ValueError):
    """A value or document that has no single canonical meaning.

    ``reason`` is a stable code: ``float``, ``integer``, ``nul``, ``surrogate``, ``key``, ``duplicate``, ``depth``,
    ``type``, ``constant``, ``encoding``, ``bom`` or ``syntax``. ``path`` is the JSON path, where it is known.
    """

    def __init__(self, reason, message, path=None):
        super().__init__("%s: %s" % (path, message) if path else message)
        self.reason = reason
        self.path = path


def dumps(value, max_depth=MAX_DEPTH):
    """Return the RFC 8785 bytes of ``value`` (dict, list, tuple, str, int, bool and None).

    Raises ``CanonicalError`` for everything that must not be hashed.
    """
    if type(value) is str and value.isascii() and value.isprintable():
        return _encode_simple(value).encode("ascii")
    if _is_simple(value, max_depth):
        text = _encode_simple(value)
        # It may be U+0000, or a backslash before the letters: the long way tells.
        if "\\u0000" not in text:
            try:
                return text.encode("utf-8")
            except UnicodeEncodeError:
                pass  # a lone surrogate, of which the long way tells the place
    _check(value, max_depth)
    return rfc8785.dumps(value)


def join(members):
    """Return the RFC 8785 bytes of an object from ``{ASCII name: canonical bytes of its value}``.

    So what has been made canonical once can stand inside something else without being made again.
    """
    # ASCII names are in the same order by bytes as by UTF-16.
    return b"{" + b",".join(b'"%s":%s' % (name.encode("ascii"), members[name]) for name in sorted(members)) + b"}"


def loads_strict(data, max_depth=MAX_DEPTH, floats="refuse"):
    """Parse the bytes of one JSON document, refusing what readers disagree about.

    ``floats``: ``"refuse"``, or ``"decimal"`` for documents of others that carry numbers with a fraction; they
    become ``decimal.Decimal`` and keep every digit.

    Raises ``CanonicalError``. The size of ``data`` is for the caller to limit.
    """
    if floats not in _decoders:
        raise ValueError("floats must be 'refuse' or 'decimal', not %r" % (floats,))
    if data.startswith(b"\xef\xbb\xbf"):
        raise CanonicalError("bom", "the document starts with a byte order mark")
    try:
        text = bytes(data).decode("utf-8")
    except UnicodeDecodeError as error:
        raise CanonicalError("encoding", "not UTF-8 at byte %d" % error.start) from None
    try:
        value = _decoders[floats].decode(text)
    except json.JSONDecodeError as error:
        raise CanonicalError("syntax", "%s at character %d" % (error.msg, error.pos)) from None
    except RecursionError:
        raise CanonicalError("depth", "nested too deeply") from None
    # What was parsed has sound types and numbers. It is walked through only where a text may hold an escaped half of a
    # character or U+0000, or where there are brackets enough to be nested deeply.
    if _DOUBTFUL_ESCAPE.search(text) or text.count("{") + text.count("[") > max_depth:
        _check(value, max_depth, decimals=floats == "decimal")
    return value


def _is_simple(value, max_depth):
    """Whether the encoder of the standard library, which is several times as fast, writes ``value`` as RFC 8785 does.

    It differs in floats, which are refused anyway, and in the order of names beyond ASCII. Whatever this does not
    know is left to the long way, which also finds the words for what is wrong.
    """
    level = [value]
    for _depth in range(max_depth):
        below = []
        for item in level:
            kind = type(item)
            if kind is dict:
                if not all(type(name) is str and name.isascii() for name in item):
                    return False
                below.extend(item.values())
            elif kind is list or kind is tuple:
                below.extend(item)
            elif kind is int:
                if not -MAX_INTEGER <= item <= MAX_INTEGER:
                    return False
            elif kind not in _SIMPLE_TYPES:
                return False
        if len(below) > MAX_SIMPLE_WIDTH:
            return False
        if not below:
            return True
        level = below
    return False


def _check(value, max_depth, decimals=False):
    """Walk ``value`` without recursion, so that depth is an answer and never a crash.

    A place is ``(place above, member name or index)`` and becomes text only where something is wrong: names may be as
    long as the whole document, and there may be as many values below one.
    """
    pending = [(value, None, 1)]
    while pending:
        item, place, depth = pending.pop()
        if item is None or item is True or item is False:
            continue
        if isinstance(item, str):
            _check_text(item, place)
        elif isinstance(item, int):
            if not -MAX_INTEGER <= item <= MAX_INTEGER:
                raise CanonicalError("integer", "integer beyond 2^53-1", _path(place))
        elif isinstance(item, (dict, list, tuple)):
            if depth > max_depth:
                raise CanonicalError("depth", "nested deeper than %d levels" % max_depth, _path(place))
            if isinstance(item, dict):
                for key, child in item.items():
                    if not isinstance(key, str):
                        problem = "a member name is not text but %s" % type(key).__name__
                        raise CanonicalError("key", problem, _path(place))
                    _check_text(key, place)
                    pending.append((child, (place, key), depth + 1))
            else:
                pending.extend((child, (place, i), depth + 1) for i, child in enumerate(item))
        elif isinstance(item, float):
            raise CanonicalError("float", "a float has no exact decimal value; use a decimal string", _path(place))
        elif not (decimals and isinstance(item, Decimal)):
            raise CanonicalError("type", "%s is no JSON type" % type(item).__name__, _path(place))


def _path(place):
    """The JSON path of a place, with long names cut and nothing in it that does not show."""
    steps = []
    while place is not None:
        place, step = place
        steps.append("[%d]" % step if isinstance(step, int) else "." + _shown(step))
    return "$" + "".join(reversed(steps))


def _shown(name):
    return "".join(sign if sign.isprintable() else "?" for sign in name[:MAX_SHOWN]) + "…" * (len(name) > MAX_SHOWN)


def _check_text(text, place):
    if "\0" in text:
        raise CanonicalError("nul", "text holds U+0000", _path(place))
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise CanonicalError("surrogate", "text holds a lone surrogate", _path(place)) from None


def _members(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        seen = set()
        # One pass: a search for each name would take hours where there are a million of them.
        name = next(name for name, _value in pairs if name in seen or seen.add(name))
        raise CanonicalError("duplicate", "member %r stands twice" % name[:100])
    return members


def _integer(digits):
    if len(digits) > 17 or abs(int(digits)) > MAX_INTEGER:
        raise CanonicalError("integer", "integer beyond 2^53-1")
    return int(digits)


def _refuse_float(_text):
    raise CanonicalError("float", "a number with fraction or exponent; use a decimal string")


def _decimal(text):
    if len(text) > MAX_NUMBER_LENGTH:
        raise CanonicalError("float", "a number of more than %d characters" % MAX_NUMBER_LENGTH)
    number = Decimal(text)
    if abs(number.adjusted()) > MAX_EXPONENT:
        raise CanonicalError("float", "a number beyond the range of a double")
    return number


def _refuse_constant(text):
    raise CanonicalError("constant", "%s is no JSON" % text)


# Made once: to make one takes as long as to read a small document.
_decoders = {
    floats: json.JSONDecoder(
        object_pairs_hook=_members, parse_int=_integer, parse_float=parse_float, parse_constant=_refuse_constant
    )
    for floats, parse_float in (("refuse", _refuse_float), ("decimal", _decimal))
}
