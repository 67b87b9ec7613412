"""Constructs in XML that exist on one series only."""

from collections.abc import Iterator
from xml.etree import ElementTree

from .rule import Place
from .xml_source import Document, Element, read

FIELDS = {
    "price_include": "do not rely on it: 19.0 has price_include_override",
    "mobile": "phone: 19.0 has no mobile on partners",
}
ONLY_17 = ("<tree", "kanban-box", "oe_chatter")


def check(text: str, place: Place) -> Iterator[tuple[int, str, str]]:
    """Line, construct and what to write instead."""
    try:
        document = read(text)
    except ElementTree.ParseError as error:
        raise place.refuse(error.position[0], f"this is not well-formed XML: {error}") from error
    if document.is_data:
        for element in document:
            for construct, instead in _element(document, element):
                yield document.line(element), construct, instead


def _element(document: Document, element: Element) -> Iterator[tuple[str, str]]:
    inside = element.inside_arch()
    if inside and "attrs" in element.attributes:
        yield "attrs=", "invisible=, readonly= and required= with a Python expression"
    if inside and "states" in element.attributes:
        yield "states=", 'invisible="state not in (…)"'
    if inside and element.get("name") == "toggle_active":
        yield "toggle_active", "the Archive entry of the Action menu, or a method of our own"
    if element.name == "field" and element.get("name") in FIELDS:
        yield element.get("name"), FIELDS[element.get("name")]
    arch = document.inner(element) if element.is_field("arch") else ""
    if "<![CDATA[" in arch and any(word in arch for word in ONLY_17):
        yield "a view inside CDATA", "plain XML: the port does not look into texts"
