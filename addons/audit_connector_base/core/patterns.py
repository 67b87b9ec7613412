"""Regular expressions of JSON Schemas, made safe and made Python's.

A contract may come from outside and is held against text from outside, so a pattern that backtracks exponentially is
a way to stop the server. Refused are backreferences and repetitions whose body can itself match the same text in
several ways, such as ``(a+)+`` or ``(a|a)*``. Permitted is a body that starts with a separator of its own, as in
``[a-z]+(\\.[a-z]+)*``. Refused, too, are many variable parts in a row that can take the same characters, such as
``a*a*a*``, whose work grows with a power of the length. The check errs on the side of refusing.
"""

import re
import sys

if sys.version_info >= (3, 11):
    from re import _constants as sre
    from re import _parser as sre_parse
else:
    import sre_constants as sre
    import sre_parse

_REPEATS = tuple(getattr(sre, name) for name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") if hasattr(sre, name))
_BACKREFERENCES = (sre.GROUPREF, sre.GROUPREF_EXISTS)
_UNBOUNDED = 10_000  # characters: no longer text is held against a pattern
MAX_STEPS = _UNBOUNDED**2  # about a second
MAX_LENGTH = 1_000  # characters of a pattern
# Stands for all characters beyond ASCII, which are not told apart.
_BEYOND = 128


def compile_pattern(pattern):
    """Return the compiled Python form of an ECMA-262 ``pattern``; raises ``ValueError`` when it is unsafe or unknown.

    ``$`` becomes the true end (Python's also stands before a final line feed); ``\\d`` and ``\\w`` mean ASCII.
    """
    if len(pattern) > MAX_LENGTH:
        raise ValueError("The pattern that begins with %r is longer than %d characters." % (pattern[:40], MAX_LENGTH))
    try:
        translated = _translate(pattern)
        tree = sre_parse.parse(translated, re.ASCII)
        compiled = re.compile(translated, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError("The pattern %r cannot be read: %s." % (pattern, error)) from None
    for opcode, argument in _walk(tree):
        if opcode in _BACKREFERENCES:
            raise ValueError("The pattern %r has a backreference, which may take for ever to match." % pattern)
        if opcode in _REPEATS and argument[1] > 1 and _is_ambiguous(argument[2]):
            raise ValueError(
                "The pattern %r repeats a part that itself varies, which may take for ever to match; "
                "let that part start with a separator of its own." % pattern
            )
    if _steps(tree) > MAX_STEPS:
        raise ValueError(
            "The pattern %r has several variable parts that can take the same text, which may take for ever to match; "
            "limit their lengths or put separators between them." % pattern
        )
    return compiled


def _translate(pattern):
    """Replace each ``$`` outside a class by ``\\Z``."""
    result, in_class, position = [], False, 0
    while position < len(pattern):
        character = pattern[position]
        if character == "\\":
            result.append(pattern[position : position + 2])
            position += 2
            continue
        if character == "[":
            in_class = True
        elif character == "]":
            in_class = False
        result.append(r"\Z" if character == "$" and not in_class else character)
        position += 1
    return "".join(result)


def _walk(tree):
    """Yield every ``(opcode, argument)`` below ``tree``, depth first."""
    for opcode, argument in tree:
        yield opcode, argument
        for branch in _children(opcode, argument):
            yield from _walk(branch)


def _children(opcode, argument):
    if opcode in _REPEATS:
        return [argument[2]]
    if opcode is sre.SUBPATTERN:
        return [argument[3]]
    if opcode is sre.BRANCH:
        return argument[1]
    if opcode in (sre.ASSERT, sre.ASSERT_NOT):
        return [argument[1]]
    if getattr(sre, "ATOMIC_GROUP", None) is opcode:
        return [argument]
    return []


def _is_ambiguous(body):
    """Whether a repeated ``body`` may match one text in several ways; in doubt it may.

    It cannot when its length is fixed, or when it starts with a separator that nothing else in it matches (so the text
    is cut in one way only) and has a single part of variable length (so each piece is matched in one way only).
    """
    atoms = [(opcode, argument) for opcode, argument in _walk(body) if opcode is not sre.SUBPATTERN]
    if any(opcode is sre.BRANCH for opcode, _argument in atoms):
        return True
    variable = [argument for opcode, argument in atoms if opcode in _REPEATS and argument[0] != argument[1]]
    if not variable:
        return False
    opcode, separator = atoms[0]
    if len(variable) > 1 or opcode is not sre.LITERAL:
        return True
    return any(_may_match(opcode, argument, separator) for opcode, argument in atoms[1:])


def _may_match(opcode, argument, codepoint):
    if opcode is sre.LITERAL:
        return argument == codepoint
    if opcode is sre.NOT_LITERAL:
        return argument != codepoint
    if opcode is sre.ANY:
        return True
    if opcode is sre.IN:
        return _class_holds(argument, codepoint)
    return False


def _class_holds(items, codepoint):
    negated = items[0][0] is sre.NEGATE
    held = False
    for opcode, argument in items[negated:]:
        if opcode is sre.LITERAL:
            held |= argument == codepoint
        elif opcode is sre.RANGE:
            held |= argument[0] <= codepoint <= argument[1]
        else:
            # A category such as \w is taken as matching: the safe side.
            return True
    return held != negated


def _steps(tree):
    """How many ways there may be to divide a text among the variable parts of a pattern, at most.

    Parts that have no character in common do not multiply: giving one of them less leaves nothing for the other.
    """
    parts = list(_variable_parts(tree))
    anchored = bool(tree) and tree[0] == (sre.AT, sre.AT_BEGINNING)
    most = 1
    for _ways, characters in parts:
        # Without a beginning it is tried from every character on.
        product = 1 if anchored else _UNBOUNDED
        for ways, others in parts:
            product *= ways if characters & others else 1
        most = max(most, product)
    return most


def _variable_parts(tree):
    """Yield ``(ways, characters as bits)`` of each part that may match in several ways."""
    for opcode, argument in tree:
        if opcode in _REPEATS:
            low, high, body = argument
            if high > 1:
                # What is repeated is divided in one way only, or the pattern was refused; its length may vary.
                inner = any(code in _REPEATS and one[0] != one[1] for code, one in _walk(body))
                ways = _UNBOUNDED if inner else min(high - low + 1, _UNBOUNDED)
                if ways > 1:
                    yield ways, _characters(body)
                continue
            if low != high:
                yield 2, _characters(body)
        elif opcode is sre.BRANCH:
            yield len(argument[1]), _characters([(opcode, argument)])
        for branch in _children(opcode, argument):
            yield from _variable_parts(branch)


def _characters(tree):
    """The characters that any part of ``tree`` may match: a bit each for ASCII, and one for all others."""
    bits = 0
    for opcode, argument in _walk(tree):
        for codepoint in range(_BEYOND):
            if _may_match(opcode, argument, codepoint):
                bits |= 1 << codepoint
        if _reaches_beyond(opcode, argument):
            bits |= 1 << _BEYOND
    return bits


def _reaches_beyond(opcode, argument):
    """Whether an atom may match a character beyond ASCII."""
    if opcode is sre.LITERAL:
        return argument >= _BEYOND
    if opcode is sre.IN:
        # Anything but letters and ranges, such as a category or a negation, is taken as reaching there.
        return any(
            one >= _BEYOND if code is sre.LITERAL else one[1] >= _BEYOND if code is sre.RANGE else True
            for code, one in argument
        )
    return opcode in (sre.NOT_LITERAL, sre.ANY)
