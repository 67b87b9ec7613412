"""Rules for Python files: they look at the syntax tree, so that prose, comments and SQL stay as they are."""

import ast
import re
from collections.abc import Iterator

from . import sql_constraints
from .python_source import PythonSource, called_name, is_text, last_name, named_values
from .rule import Place, Rule, edited

VIEW_CALLS = ("get_view", "get_views", "_get_view", "_get_view_cache", "default_view")


def json_routes(text: str, place: Place) -> str:
    source = PythonSource(text, place)
    return edited(
        text,
        [
            source.replaced(keyword.value, "json", "jsonrpc")
            for call in source.walk(ast.Call)
            if called_name(call) == "route"
            for keyword in call.keywords
            if keyword.arg == "type" and is_text(keyword.value, "json")
        ],
    )


def aggregators(text: str, place: Place) -> str:
    source = PythonSource(text, place)
    return edited(text, [source.renamed(keyword, "aggregator") for keyword in _keywords(source, "group_operator")])


def manifest_version(text: str, place: Place) -> str:
    if place.path.name != "__manifest__.py":
        return text
    source = PythonSource(text, place)
    return edited(
        text,
        [
            source.replaced(value, "17.0.", "19.0.")
            for name, value in named_values(source)
            if name == "version" and is_text(value) and value.value.startswith("17.0.")
        ],
    )


def list_view_modes(text: str, place: Place) -> str:
    source = PythonSource(text, place)
    return edited(
        text,
        [
            source.replaced(value, "tree", "list")
            for name, value in named_values(source)
            if name in ("view_mode", "view_type") and is_text(value) and "tree" in value.value.split(",")
        ],
    )


def list_in_views(text: str, place: Place) -> str:
    source = PythonSource(text, place)
    found = [
        pair.elts[1]
        for pair in source.walk(ast.Tuple, ast.List)
        if len(pair.elts) == 2 and is_text(pair.elts[1], "tree") and not is_text(pair.elts[0])
    ]
    for call in source.walk(ast.Call):
        if called_name(call) in VIEW_CALLS:
            found += [argument for argument in call.args if is_text(argument, "tree")]
    return edited(text, [source.replaced(node, "tree", "list") for node in found])


def list_view_references(text: str, place: Place) -> str:
    source = PythonSource(text, place)
    edits = [source.renamed(keyword, "list_view_ref") for keyword in _keywords(source, "tree_view_ref")]
    for node in source.walk(ast.Constant):
        if is_text(node, "tree_view_ref"):
            edits.append(source.replaced(node, "tree_view_ref", "list_view_ref"))
    return edited(text, edits)


def inline_target(text: str, place: Place) -> str:
    source = PythonSource(text, place)
    return edited(
        text,
        [
            source.replaced(value, "inline", "current")
            for name, value in named_values(source)
            if name == "target" and is_text(value, "inline")
        ],
    )


def groups_field(text: str, place: Place) -> str:
    source = PythonSource(text, place)
    edits = [source.renamed(keyword, "group_ids") for keyword in _keywords(source, "groups_id")]
    for node in source.walk(ast.Constant, ast.Attribute):
        if isinstance(node, ast.Attribute):
            if node.attr == "groups_id":
                edits.append(source.renamed(node, "group_ids"))
        elif is_text(node) and re.fullmatch(r"(\w+\.)*groups_id(\.\w+)*", node.value):
            edits.append(source.replaced(node, "groups_id", "group_ids"))
    return edited(text, edits)


def group_users(text: str, place: Place) -> str:
    source = PythonSource(text, place)
    return edited(
        text,
        [
            source.renamed(node, "user_ids")
            for node in source.walk(ast.Attribute)
            if node.attr == "users" and _reads_like_a_group(node.value)
        ],
    )


def _keywords(source: PythonSource, name: str) -> Iterator[ast.keyword]:
    return (keyword for call in source.walk(ast.Call) for keyword in call.keywords if keyword.arg == name)


def _reads_like_a_group(node: ast.expr) -> bool:
    """`group`, `record.approver_group_id`, `env.ref("base.group_user")`."""
    if isinstance(node, ast.Call) and called_name(node) == "ref":
        return any(is_text(argument) and ".group_" in f".{argument.value}" for argument in node.args)
    return "group" in last_name(node)


RULES = (
    Rule(
        "sql-constraints",
        ".py",
        "17.0 reads constraints from the list _sql_constraints; 19.0 ignores it and wants a models.Constraint each.",
        sql_constraints.rewrite,
    ),
    Rule("json-route", ".py", '17.0 calls a JSON-RPC route type="json"; 19.0 calls it type="jsonrpc".', json_routes),
    Rule(
        "aggregator",
        ".py",
        "17.0 sums a field in groups by group_operator=; 19.0 by aggregator=.",
        aggregators,
    ),
    Rule(
        "manifest-version",
        ".py",
        "The version of a manifest begins with the series, and 19.0 refuses to install a 17.0 one.",
        manifest_version,
    ),
    Rule(
        "list-view-mode-py",
        ".py",
        "17.0 names the list in an action's view_mode 'tree'; 19.0 names it 'list'.",
        list_view_modes,
    ),
    Rule(
        "list-views-py",
        ".py",
        'Pairs of a view and its type, [(False, "tree")], name the list as view_mode does.',
        list_in_views,
    ),
    Rule(
        "list-view-ref-py",
        ".py",
        "17.0 takes the context key tree_view_ref; 19.0 builds the key from the type and takes list_view_ref.",
        list_view_references,
    ),
    Rule(
        "inline-target-py",
        ".py",
        "17.0 opens settings with the target inline; 19.0 refuses it and edits settings in any window.",
        inline_target,
    ),
    Rule(
        "groups-field-py",
        ".py",
        "17.0 calls the groups of users, actions, menus and views groups_id; 19.0 calls them group_ids.",
        groups_field,
    ),
    Rule(
        "group-users-py",
        ".py",
        "17.0 calls the members of a group users; 19.0 calls them user_ids (only the explicit ones).",
        group_users,
    ),
)
