"""Constructs in JavaScript that exist on one series only."""

import re
from collections.abc import Iterator

from .rule import Place
from .rules_js import is_tour

BUS = re.compile(r"useService\(\s*[\"'`]bus_service[\"'`]\s*\)")
TRIGGER = re.compile(r"\btrigger\s*:")
# comments and texts, whose braces do not count
OPAQUE = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`", re.DOTALL)


def check(text: str, place: Place) -> Iterator[tuple[int, str, str]]:
    """Line, construct and what to write instead."""
    for found in BUS.finditer(text):
        yield _line(text, found.start()), 'useService("bus_service")', "this.env.services.bus_service"
    if is_tour(text):
        code = OPAQUE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
        for found in TRIGGER.finditer(code):
            if not re.search(r"\brun\b\s*[:(]", _enclosing_object(code, found.start())):
                yield _line(text, found.start()), "a tour step without run", "run: () => {} for a step that only looks"


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _enclosing_object(code: str, position: int) -> str:
    """The object literal around a position, without the objects inside it."""
    start = _unmatched(code, range(position - 1, -1, -1), "}", "{")
    stop = _unmatched(code, range(position, len(code)), "{", "}")
    return code[start : stop + 1]


def _unmatched(code: str, positions: range, opening: str, closing: str) -> int:
    depth = 0
    for position in positions:
        if code[position] == opening:
            depth += 1
        elif code[position] == closing:
            if depth == 0:
                return position
            depth -= 1
    return positions[-1]
