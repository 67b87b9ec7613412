"""Turns the `_sql_constraints` of a class into the `models.Constraint` attributes of 19.0.

It is the one rule whose omission would hurt in silence: 19.0 ignores the list with a warning, and the database takes
everything.
"""

import ast
import io
import tokenize

from .python_source import PythonSource, is_text
from .rule import Edit, Place, edited

# "_" + name becomes an attribute of the model, and with these names the ORM has one of its own
ORM_ATTRIBUTES = frozenset(
    {
        "abstract", "active_name", "allow_sudo_commands", "auto", "cache", "check_access", "check_company",
        "check_company_auto", "check_company_domain", "check_recursion", "constraints", "context", "cr",
        "create", "custom", "date_name", "depends", "description", "field_definitions", "field_to_sql",
        "fields", "filtered_access", "flush", "fold_name", "has_cycle", "has_onchange", "ids", "inherit",
        "inherits", "log_access", "mail_post_access", "modified", "module", "name", "name_search",
        "onchange_methods", "order", "origin", "original_module", "parent_name", "parent_store", "prefetch_ids",
        "read_group", "rec_name", "rec_names_search", "register", "search", "sequence", "sql_constraints",
        "table", "table_objects", "table_query", "table_sql", "transient", "transient_max_count",
        "transient_max_hours", "translate", "uid", "where_calc", "write",
    }
)


def rewrite(text: str, place: Place) -> str:
    """The text with one attribute per constraint.

    Definition and message are copied as they are written, so that marks for translation stay; the constraint keeps its
    name in the database (table, underscore, name) and with it its translations.
    """
    source = PythonSource(text, place)
    edits = []
    for owner in source.walk(ast.ClassDef):
        for statement in owner.body:
            if _assigned_name(statement) == "_sql_constraints":
                edits.append(_attributes(source, owner, statement))
    return edited(text, edits)


def _assigned_name(statement: ast.stmt) -> str:
    if isinstance(statement, ast.Assign):
        target = statement.targets[0]
    elif isinstance(statement, (ast.AnnAssign, ast.AugAssign)):
        target = statement.target
    else:
        return ""
    return target.id if isinstance(target, ast.Name) else ""


def _attributes(source: PythonSource, owner: ast.ClassDef, statement: ast.stmt) -> Edit:
    start, stop = source.span(statement)
    indent = " " * statement.col_offset
    comments = _comments(source.text[start:stop], statement.lineno)
    taken = _names_of(owner)
    lines = []
    for name, definition, message in _entries(source, statement):
        _check_name(source, definition.lineno, name, taken)
        lines += [indent + comments.pop(line) for line in sorted(comments) if line <= message.end_lineno]
        lines.append(f"{indent}_{name} = models.Constraint(")
        lines += [f"{indent}    {source.source(part)}," for part in (definition, message)]
        lines.append(f"{indent})")
    lines += [indent + comments[line] for line in sorted(comments)]
    return Edit(start, stop, "\n".join(lines).lstrip())


def _entries(source: PythonSource, statement: ast.stmt) -> list[tuple[str, ast.expr, ast.expr]]:
    value = statement.value
    plain = isinstance(statement, (ast.Assign, ast.AnnAssign)) and isinstance(value, (ast.List, ast.Tuple))
    entries = value.elts if plain else []
    if not plain or not all(_is_entry(entry) for entry in entries):
        raise source.place.refuse(
            statement.lineno, "write _sql_constraints as a plain list of (name, definition, message)"
        )
    return [(entry.elts[0].value, entry.elts[1], entry.elts[2]) for entry in entries]


def _is_entry(node: ast.expr) -> bool:
    return isinstance(node, (ast.Tuple, ast.List)) and len(node.elts) == 3 and is_text(node.elts[0])


def _check_name(source: PythonSource, line: int, name: str, taken: set[str]) -> None:
    if name in ORM_ATTRIBUTES:
        problem = f"19.0 would take it for the model's own _{name}"
    elif f"_{name}" in taken:
        problem = f"the class already has an attribute _{name}, and 19.0 would overwrite one with the other"
    elif not name.isidentifier() or name.startswith("_"):
        problem = "19.0 makes it the name of an attribute, so it must be a plain identifier"
    else:
        return
    raise source.place.refuse(line, f"a constraint cannot be called {name!r}: {problem}")


def _names_of(owner: ast.ClassDef) -> set[str]:
    names = {_assigned_name(statement) for statement in owner.body}
    return names | {statement.name for statement in owner.body if isinstance(statement, ast.FunctionDef)}


def _comments(statement: str, first_line: int) -> dict[int, str]:
    """The comments inside a statement by their line in the file."""
    tokens = tokenize.generate_tokens(io.StringIO(statement).readline)
    return {first_line + token.start[0] - 1: token.string for token in tokens if token.type == tokenize.COMMENT}
