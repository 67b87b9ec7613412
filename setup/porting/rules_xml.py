"""Rules for the records and views in XML files."""

import re
from collections.abc import Callable

from .rule import Edit, Place, Rule, edited
from .xml_source import Document, Element, read

Rewrite = Callable[[Document, Place], list[Edit]]

CHATTER_FIELDS = ("message_follower_ids", "activity_ids", "message_ids")
PRIVILEGE_FIELDS = ("name", "description", "sequence")
# fields and attributes whose text is a Python expression over field names
EXPRESSION_FIELDS = ("domain", "domain_force", "context", "code")
EXPRESSION_ATTRIBUTES = ("domain", "context", "eval", "filter_domain", "search")


def list_tags(document: Document, place: Place) -> list[Edit]:
    edits = []
    for element in document:
        if element.name == "tree" and element.inside_arch():
            edits.append(Edit(element.open_start + 1, element.open_start + 5, "list"))
            if not element.empty:
                edits.append(Edit(element.close_start + 2, element.close_start + 6, "list"))
    return edits


def list_view_modes(document: Document, place: Place) -> list[Edit]:
    edits = []
    for element in document:
        is_type = element.is_field("type") and element.record_model() == "ir.ui.view"
        if (element.is_field("view_mode") or is_type) and not element.inside_arch():
            edits.append(_inner(document, element, re.sub(r"\btree\b", "list", document.inner(element))))
    return edits


def list_view_references(document: Document, place: Place) -> list[Edit]:
    return _expressions(document, lambda text: re.sub(r"""(["'])tree_view_ref\1""", r"\1list_view_ref\1", text))


def list_in_xpath(document: Document, place: Place) -> list[Edit]:
    return _xpaths(document, _list_steps)


def kanban_templates(document: Document, place: Place) -> list[Edit]:
    edits = []
    for element in document:
        name = element.attributes.get("t-name")
        if name and element.inside_arch() and name.value in ("kanban-box", "kanban-menu"):
            edits.append(Edit(name.value_start, name.value_stop, _card(name.value)))
    step = re.compile(r"(?<=@t-name=')kanban-(?:box|menu)(?=')")
    return edits + _xpaths(document, lambda path: step.sub(lambda found: _card(found[0]), path))


def chatter(document: Document, place: Place) -> list[Edit]:
    edits = []
    for element in document:
        if element.name == "div" and element.get("class") == "oe_chatter" and element.inside_arch():
            _check_chatter(document, element, place)
            edits.append(Edit(element.open_start, element.close_stop, "<chatter/>"))
    step = re.compile(r"\bdiv\[(?:hasclass\('oe_chatter'\)|@class='oe_chatter')\]")
    return edits + _xpaths(document, lambda path: step.sub("chatter", path))


def search_groups(document: Document, place: Place) -> list[Edit]:
    edits = []
    for element in document:
        if element.name == "group" and any(parent.name == "search" for parent in element.ancestors()):
            for name in ("expand", "string"):
                if attribute := element.attributes.get(name):
                    start = len(document.text[: attribute.start].rstrip())
                    edits.append(Edit(start, attribute.stop, ""))
    return edits


def cron_fields(document: Document, place: Place) -> list[Edit]:
    return [
        Edit(document.start_with_indent(element), element.close_stop, "")
        for element in document
        if element.is_field("numbercall", "doall") and element.record_model() == "ir.cron"
    ]


def inline_target(document: Document, place: Place) -> list[Edit]:
    return [
        _inner(document, element, "current")
        for element in document
        if element.is_field("target") and not element.inside_arch() and document.inner(element).strip() == "inline"
    ]


def groups_field(document: Document, place: Place) -> list[Edit]:
    edits = [_renamed(element, "group_ids") for element in document if element.is_field("groups_id")]
    edits += _xpaths(document, lambda path: path.replace("@name='groups_id'", "@name='group_ids'"))
    return edits + _expressions(document, lambda text: re.sub(r"\bgroups_id\b", "group_ids", text))


def group_users(document: Document, place: Place) -> list[Edit]:
    return [
        _renamed(element, "user_ids")
        for element in document
        if element.is_field("users") and element.record_model() == "res.groups"
    ]


def group_privileges(document: Document, place: Place) -> list[Edit]:
    edits = []
    ids = {element.get("id") for element in document}
    for element in document:
        if element.name == "record" and element.get("model") == "ir.module.category":
            if f"{element.get('id')}_privilege" not in ids:
                edits.append(Edit(element.close_stop, element.close_stop, _privilege(document, element)))
        elif element.is_field("category_id") and element.record_model() == "res.groups":
            edits += _privilege_reference(document, element, place)
    return edits


def _rule(name: str, rewrite: Rewrite, reason: str) -> Rule:
    def apply(text: str, place: Place) -> str:
        document = read(text)
        return edited(text, rewrite(document, place)) if document.is_data else text

    return Rule(name, ".xml", reason, apply)


def _inner(document: Document, element: Element, new: str) -> Edit:
    return Edit(element.open_stop, element.close_start if not element.empty else element.open_stop, new)


def _renamed(element: Element, name: str) -> Edit:
    attribute = element.attributes["name"]
    return Edit(attribute.value_start, attribute.value_stop, name)


def _xpaths(document: Document, change: Callable[[str], str]) -> list[Edit]:
    """Changes the path of every `<xpath expr="…">`."""
    edits = []
    for element in document:
        expr = element.attributes.get("expr")
        if element.name == "xpath" and expr and change(expr.value) != expr.value:
            edits.append(Edit(expr.value_start, expr.value_stop, change(expr.value)))
    return edits


def _expressions(document: Document, change: Callable[[str], str]) -> list[Edit]:
    """Changes domains, contexts and code, be they attributes or the text of a field."""
    edits = []
    for element in document:
        for name in EXPRESSION_ATTRIBUTES:
            attribute = element.attributes.get(name)
            if attribute and change(attribute.value) != attribute.value:
                edits.append(Edit(attribute.value_start, attribute.value_stop, change(attribute.value)))
        if element.is_field(*EXPRESSION_FIELDS) and not element.children and not element.inside_arch():
            inner = document.inner(element)
            if change(inner) != inner:
                edits.append(_inner(document, element, change(inner)))
    return edits


def _list_steps(path: str) -> str:
    """Renames the steps called `tree`, not the texts that a path compares with."""
    parts = re.split(r"""('[^']*'|"[^"]*"|&quot;.*?&quot;)""", path)
    return "".join(
        part if index % 2 else re.sub(r"(?<![\w@.\-])tree(?![\w.\-])", "list", part) for index, part in enumerate(parts)
    )


def _card(name: str) -> str:
    return {"kanban-box": "card", "kanban-menu": "menu"}[name]


def _check_chatter(document: Document, chatter: Element, place: Place) -> None:
    for child in chatter.children:
        if not child.is_field(*CHATTER_FIELDS) or set(child.attributes) - {"name", "groups"}:
            raise place.refuse(
                document.line(child),
                "19.0 draws the chatter itself: leave only the plain fields "
                f'{", ".join(CHATTER_FIELDS)} in <div class="oe_chatter">',
            )


def _privilege(document: Document, category: Element) -> str:
    """The record that 19.0 puts between a category and its groups, in the layout of the category's record."""
    own = document.text[document.start_with_indent(category) : category.open_start]
    first = category.children[0]
    inner = document.text[document.start_with_indent(first) : first.open_start]
    xml_id = category.get("id")
    copied = [
        document.text[child.open_start : child.close_stop]
        for child in category.children
        if child.is_field(*PRIVILEGE_FIELDS)
    ]
    lines = [*copied, f'<field name="category_id" ref="{xml_id}"/>']
    body = "".join(inner + line for line in lines)
    closing = own if "\n" in inner else ""
    return f'{own}<record id="{xml_id}_privilege" model="res.groups.privilege">{body}{closing}</record>'


def _privilege_reference(document: Document, field: Element, place: Place) -> list[Edit]:
    reference = field.attributes.get("ref")
    addon = reference.value.rpartition(".")[0] if reference else ""
    if reference is None or (addon and addon not in place.addons):
        raise place.refuse(
            document.line(field),
            "the groups of these addons belong to a category of their own, named with ref=: "
            "only for that can the port make the privilege that 19.0 wants",
        )
    return [
        _renamed(field, "privilege_id"),
        Edit(reference.value_stop, reference.value_stop, "_privilege"),
    ]


RULES = (
    _rule("list-tag", list_tags, "17.0 calls a list view <tree>; 19.0 knows only <list>."),
    _rule("list-view-mode", list_view_modes, "17.0 names the list in view_mode and type 'tree'; 19.0 names it 'list'."),
    _rule(
        "list-view-ref",
        list_view_references,
        "17.0 takes the context key tree_view_ref; 19.0 builds the key from the type and takes list_view_ref.",
    ),
    _rule("list-xpath", list_in_xpath, "A path //tree of 17.0 finds nothing in 19.0, where the element is a list."),
    _rule(
        "kanban-template",
        kanban_templates,
        "17.0 draws a card from the templates kanban-box and kanban-menu; 19.0 calls them card and menu.",
    ),
    _rule("chatter", chatter, '17.0 places the chatter as <div class="oe_chatter"> with fields; 19.0 as <chatter/>.'),
    _rule(
        "search-group",
        search_groups,
        "17.0 writes <group expand string> in a search view; 19.0 refuses both attributes there.",
    ),
    _rule("cron-fields", cron_fields, "17.0 crons have numbercall and doall; 19.0 has neither and always repeats."),
    _rule(
        "inline-target",
        inline_target,
        "17.0 opens settings with the target inline; 19.0 refuses it and edits settings in any window.",
    ),
    _rule(
        "groups-field",
        groups_field,
        "17.0 calls the groups of users, actions, menus and views groups_id; 19.0 calls them group_ids.",
    ),
    _rule("group-users", group_users, "17.0 calls the members of a group users; 19.0 calls them user_ids."),
    _rule(
        "group-privilege",
        group_privileges,
        "17.0 puts a group straight into a category; 19.0 puts a res.groups.privilege between them.",
    ),
)
