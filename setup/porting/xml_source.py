"""Reads XML with the position of every tag and attribute, so that a rule changes only what it means to.

The parsers of the standard library lose comments, quotes and indentation, and with them the reader of the ported tree.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

NAME = r"[A-Za-z_:][\w:.\-]*"
MARKUP = re.compile(
    rf"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<!DOCTYPE[^>]*>"
    rf"|<(?P<close>/)?(?P<name>{NAME})(?P<attributes>(?:\s+{NAME}\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*(?P<empty>/)?>",
    re.DOTALL,
)
ATTRIBUTE = re.compile(rf"(?P<name>{NAME})\s*=\s*(?P<quote>[\"'])(?P<value>.*?)(?P=quote)", re.DOTALL)


@dataclass
class Attribute:
    """An attribute; `start` to `stop` is the whole of it, `value_start` to `value_stop` what is between the quotes."""

    value: str
    start: int
    stop: int
    value_start: int
    value_stop: int


@dataclass
class Element:
    """An element; `open_start` to `open_stop` is its start tag, `close_start` to `close_stop` its end tag."""

    name: str
    parent: "Element | None"
    attributes: dict[str, Attribute]
    open_start: int
    open_stop: int
    close_start: int = 0
    close_stop: int = 0
    children: list["Element"] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether it is written `<name/>`."""
        return self.close_start == self.close_stop

    def get(self, name: str) -> str:
        attribute = self.attributes.get(name)
        return attribute.value if attribute else ""

    def is_field(self, *names: str) -> bool:
        return self.name == "field" and self.get("name") in names

    def ancestors(self) -> Iterator["Element"]:
        element = self.parent
        while element is not None:
            yield element
            element = element.parent

    def inside_arch(self) -> bool:
        """Whether it belongs to a view, not to the record that holds the view."""
        return any(element.is_field("arch") for element in self.ancestors())

    def record_model(self) -> str:
        """The model of the record whose field this is, empty elsewhere."""
        return self.parent.get("model") if self.parent is not None and self.parent.name == "record" else ""

    def __iter__(self) -> Iterator["Element"]:
        yield self
        for child in self.children:
            yield from child


@dataclass
class Document:
    """A well-formed XML text and its elements."""

    text: str
    root: Element

    def __iter__(self) -> Iterator[Element]:
        return iter(self.root)

    @property
    def is_data(self) -> bool:
        """Whether Odoo loads it as records; templates of the web client have another root."""
        return self.root.name in ("odoo", "openerp", "data")

    def inner(self, element: Element) -> str:
        return self.text[element.open_stop : element.close_start] if not element.empty else ""

    def line(self, element: Element) -> int:
        return self.text.count("\n", 0, element.open_start) + 1

    def start_with_indent(self, element: Element) -> int:
        """Where the white space before an element begins, so that removing from there leaves no empty line."""
        return len(self.text[: element.open_start].rstrip())


def read(text: str) -> Document:
    """Reads a document. Raises `xml.etree.ElementTree.ParseError` when it is not well-formed."""
    ElementTree.fromstring(text.encode())
    root = current = None
    for markup in MARKUP.finditer(text):
        name = markup["name"]
        if name is None:
            continue
        if markup["close"]:
            current.close_start, current.close_stop = markup.span()
            current = current.parent
            continue
        element = Element(name, current, _attributes(markup), markup.start(), markup.end())
        if current is not None:
            current.children.append(element)
        root = root or element
        if markup["empty"]:
            element.close_start = element.close_stop = markup.end()
        else:
            current = element
    return Document(text, root)


def _attributes(tag: re.Match) -> dict[str, Attribute]:
    offset = tag.start("attributes")
    return {
        found["name"]: Attribute(
            found["value"],
            offset + found.start(),
            offset + found.end(),
            offset + found.start("value"),
            offset + found.end("value"),
        )
        for found in ATTRIBUTE.finditer(tag["attributes"])
    }
