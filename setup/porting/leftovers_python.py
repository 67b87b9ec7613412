"""Python constructs that exist on one series only."""

import ast
from collections.abc import Iterator

from .python_source import PythonSource, called_name, is_text
from .rule import Place

ENVIRONMENT = {"_cr": "self.env.cr", "_uid": "self.env.uid", "_context": "self.env.context"}

# attributes, methods that are defined, and functions that are called or imported
NAMES = {
    "toggle_active": "write {'active': …}, or action_archive() and action_unarchive()",
    "name_get": "read display_name and override _compute_display_name",
    "user_has_groups": "self.env.user.has_group() for each group",
    "ustr": "str(), or bytes.decode() with the encoding that is meant",
    "read_group": "_read_group() with its tuples",
    "execute_query": "self.env.cr.execute() and fetchall()",
    "price_include": "do not rely on it: 19.0 has price_include_override",
    "mobile": "phone: 19.0 has no mobile on partners",
    "check_access_rights": "the compat module: 19.0 has check_access()",
    "check_access_rule": "the compat module: 19.0 has check_access()",
    "check_access": "the compat module: 17.0 has check_access_rights() and check_access_rule()",
    "_filter_access_rules": "the compat module: 19.0 has _filtered_access()",
    "_filtered_access": "the compat module: 17.0 has _filter_access_rules()",
    "all_group_ids": "the compat module or has_group(): 17.0 does not have it",
    "all_user_ids": "the compat module: 17.0 does not have it",
}
OWNED = {
    ("odoo", "registry"): "odoo.modules.registry.Registry(name)",
    ("fields", "first"): "records[:1]",
    ("fields", "Domain"): "a list with '&' and '|': 17.0 has no Domain",
    ("api", "private"): "a name that begins with an underscore: 17.0 has no api.private",
    ("env", "_"): "_() imported from odoo: 17.0 has no env._",
    ("osv", "expression"): "a list with '&' and '|'",
    ("exceptions", "LockError"): "psycopg2.errors.LockNotAvailable: 17.0 has no LockError",
}
IMPORTED = {
    ("odoo", "registry"): "odoo.modules.registry.Registry",
    ("odoo.fields", "Domain"): "a list with '&' and '|': 17.0 has no Domain",
    ("odoo.fields", "first"): "records[:1]",
    ("odoo.osv", "expression"): "a list with '&' and '|'",
    ("odoo.exceptions", "LockError"): "psycopg2.errors.LockNotAvailable: 17.0 has no LockError",
    ("odoo.tools.date_utils", "json_default"): "odoo.tools.json_default",
}
TEXTS = {
    "toggle_active": NAMES["toggle_active"],
    "name_get": NAMES["name_get"],
    "price_include": NAMES["price_include"],
    "mobile": NAMES["mobile"],
}


def check(text: str, place: Place) -> Iterator[tuple[int, str, str]]:
    """Line, construct and what to write instead."""
    source = PythonSource(text, place)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute):
            yield from _attribute(node)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if node.name in NAMES:
                yield node.lineno, f"def {node.name}", NAMES[node.name]
        elif isinstance(node, ast.ImportFrom):
            yield from _import(node)
        elif isinstance(node, ast.Call):
            yield from _call(node)
        elif is_text(node):
            yield from _constant(node)


def _attribute(node: ast.Attribute) -> Iterator[tuple[int, str, str]]:
    owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
    line = node.end_lineno
    if node.attr in ENVIRONMENT:
        yield line, node.attr, ENVIRONMENT[node.attr]
    elif node.attr in NAMES:
        yield line, node.attr, NAMES[node.attr]
    elif (owner, node.attr) in OWNED:
        yield line, f"{owner}.{node.attr}", OWNED[owner, node.attr]


def _import(node: ast.ImportFrom) -> Iterator[tuple[int, str, str]]:
    for alias in node.names:
        if instead := IMPORTED.get((node.module, alias.name)):
            yield node.lineno, f"{node.module}.{alias.name}", instead
        elif alias.name in NAMES and (node.module or "").startswith("odoo"):
            yield node.lineno, f"{node.module}.{alias.name}", NAMES[alias.name]
        elif (node.module or "").startswith("odoo.osv.expression"):
            yield node.lineno, node.module, "a list with '&' and '|'"


def _call(node: ast.Call) -> Iterator[tuple[int, str, str]]:
    if called_name(node) == "_read_group":
        grouping = node.args[1:2] + [keyword.value for keyword in node.keywords if keyword.arg == "groupby"]
        for names in grouping:
            dotted = [name for name in ast.walk(names) if is_text(name) and "." in name.value]
            yield from ((name.lineno, "dotted group-by", "a stored field of the model itself") for name in dotted)


def _constant(node: ast.Constant) -> Iterator[tuple[int, str, str]]:
    if node.value in TEXTS:
        yield node.lineno, f'"{node.value}"', TEXTS[node.value]
    elif "<tree" in node.value or "</tree" in node.value:
        yield node.lineno, "a view inside Python", "an XML file: the port does not look into texts"
