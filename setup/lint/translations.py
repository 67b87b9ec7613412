"""Words for people that Odoo could not translate.

``_()`` looks for the language of the reader in the frame it is called from: in ``self``, ``env``, ``cr``, ``context``
or ``kwargs`` there. A plain function, a lambda or a comprehension without any of these has none, and 19.0 warns.
"""

from __future__ import annotations

import ast
from pathlib import Path

from .sources import addons

TELLING = {"self", "env", "cr", "context", "kwargs"}
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def without_language(root: Path) -> list[str]:
    """Calls of ``_()`` in the addons where no language can be found; tests and cores have no readers."""
    complaints = []
    for addon in addons(root):
        for file in sorted(addon.rglob("*.py")):
            if not {"tests", "core"} & set(file.relative_to(addon).parts):
                for line in lines_without_language(file.read_text()):
                    complaints.append(f"{file.relative_to(root)}:{line}: _() where no language is known")
    return complaints


def lines_without_language(source: str) -> list[int]:
    """The numbers of the lines with such a call."""
    lines: list[int] = []
    _visit(ast.parse(source), set(), lines)
    return lines


def _visit(node: ast.AST, known: set[str], lines: list[int]) -> None:
    """``known``: the names in the frame that runs ``node``."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_" and not known & TELLING:
        lines.append(node.lineno)
    inner = known
    if isinstance(node, FUNCTIONS):
        inner = _parameters(node.args) | (_names(node, ast.Load) & known)
        if not isinstance(node, ast.Lambda):
            inner |= _names(node, ast.Store)
    elif isinstance(node, COMPREHENSIONS):
        # What it runs over first belongs to the frame around it.
        _visit(node.generators[0].iter, known, lines)
        inner = (_names(node, ast.Load) & known) | _names(node, ast.Store)
    for child in ast.iter_child_nodes(node):
        if isinstance(node, COMPREHENSIONS) and child is node.generators[0]:
            for part in (child.target, *child.ifs):
                _visit(part, inner, lines)
        else:
            _visit(child, inner, lines)


def _parameters(arguments: ast.arguments) -> set[str]:
    given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    return {argument.arg for argument in given if argument}


def _names(node: ast.AST, context: type) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, context)}
