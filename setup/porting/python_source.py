"""Reads Python with the position of every expression, so that a rule changes code and never comments or prose."""

import ast
import re
from collections.abc import Iterator

from .rule import Edit, Place, PortError


class PythonSource:
    """A Python text, its syntax tree, and the way from a node to its characters."""

    def __init__(self, text: str, place: Place):
        self.text = text
        self.place = place
        try:
            self.tree = ast.parse(text)
        except SyntaxError as error:
            raise place.refuse(error.lineno or 1, f"this is not Python: {error.msg}") from error
        # the syntax tree counts bytes in a line, the text counts characters
        self._lines = text.split("\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def walk(self, *kinds: type) -> Iterator:
        return (node for node in ast.walk(self.tree) if isinstance(node, kinds))

    def offset(self, line: int, column: int) -> int:
        """The character at a line (from 1) and a column in UTF-8 bytes (from 0)."""
        return self._starts[line - 1] + len(self._lines[line - 1].encode()[:column].decode())

    def span(self, node: ast.AST) -> tuple[int, int]:
        return self.offset(node.lineno, node.col_offset), self.offset(node.end_lineno, node.end_col_offset)

    def source(self, node: ast.AST) -> str:
        start, stop = self.span(node)
        return self.text[start:stop]

    def replaced(self, node: ast.AST, old: str, new: str) -> Edit:
        """Replaces the only `old` within the source of a node."""
        start, stop = self.span(node)
        found = [*re.finditer(rf"\b{re.escape(old)}", self.text[start:stop])]
        if len(found) != 1:
            raise self._vague(node, old)
        return Edit(start + found[0].start(), start + found[0].end(), new)

    def renamed(self, node: ast.Attribute | ast.keyword, new: str) -> Edit:
        """Gives the attribute, which its source ends with, or the argument, which it begins with, a new name."""
        start, stop = self.span(node)
        old = node.attr if isinstance(node, ast.Attribute) else node.arg
        at = stop - len(old) if isinstance(node, ast.Attribute) else start
        if self.text[at : at + len(old)] != old:
            raise self._vague(node, old)
        return Edit(at, at + len(old), new)

    def _vague(self, node: ast.AST, old: str) -> PortError:
        # before Python 3.12 the tree is vague about places inside an f-string
        return self.place.refuse(node.lineno, f"cannot tell where {old!r} stands: write it outside of the f-string")


def is_text(node: ast.AST | None, *values: str) -> bool:
    """Whether a node is a string constant, one of `values` if any are given."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and (not values or node.value in values)


def called_name(call: ast.Call) -> str:
    """The last part of what is called: `route` for `http.route(…)`."""
    return last_name(call.func)


def last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def named_values(source: PythonSource) -> Iterator[tuple[str, ast.AST]]:
    """Every value with the name it is given: in a dict, as a keyword argument, or by `x["name"] = value`."""
    for node in source.walk(ast.Dict, ast.Call, ast.Assign):
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            yield from ((key.value, value) for key, value in pairs if is_text(key))
        elif isinstance(node, ast.Call):
            yield from ((keyword.arg, keyword.value) for keyword in node.keywords if keyword.arg)
        else:
            for target in node.targets:
                if isinstance(target, ast.Subscript) and is_text(target.slice):
                    yield target.slice.value, node.value
