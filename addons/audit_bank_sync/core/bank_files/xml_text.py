"""The dict of an element from its text, which expat has gone through already: a fraction of what callbacks would cost.

That text is well-formed, complete and without entities of its own. What else the common way of writing does not need,
as a comment, a CDATA section or a second namespace, is left to expat.
"""

import re

from .xml_node import add, with_attributes

_NAME = r"[^\s/:=\"'<>&]+"
_TAG = re.compile(rf"({_NAME}:)?({_NAME})((?:\s+{_NAME}\s*=\s*(?:\"[^\"<&\t\n]*\"|'[^'<&\t\n]*'))*)\s*/?")
_ATTRIBUTE = re.compile(rf"({_NAME})\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_REFERENCE = re.compile("&(?:#x([0-9a-fA-F]+)|#([0-9]+)|(lt|gt|amp|quot|apos));")
_PREDEFINED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_MOST_TAGS = 4096
"""Different ones that are remembered: a bank writes some hundred, unless it puts values into attributes."""


class Unusual(Exception):
    """The text of an element has to be read by expat."""


class TextReader:
    """Reads the texts of elements of one document, all of them in its namespace.

    ``longest``: characters of an element.
    """

    def __init__(self, longest):
        self._longest = longest
        self._tags = _Tags(None)

    def read(self, letters, deepest):
        """Return the dict of the element with the text ``letters``, or its own text; raises ``Unusual``.

        ``deepest``: levels of elements in it, itself included
        """
        if len(letters) > self._longest or "<!" in letters or "<?" in letters:
            raise Unusual
        if "\r" in letters:
            # the end of a line is one character (XML 1.0, section 2.11)
            letters = letters.replace("\r\n", "\n").replace("\r", "\n")
        # Before, in and behind each tag: much cheaper than a regular expression.
        parts = letters.replace(">", "<").split("<")
        if len(parts) != 2 * letters.count("<") + 1:
            # a text or an attribute holds a >
            raise Unusual
        prefix = _prefix(parts[1])
        if prefix != self._tags.prefix:
            self._tags = _Tags(prefix)
        (element,) = self._built(parts[1::2], parts[2::2], deepest, "&" in letters).values()
        return element

    def _built(self, tags, texts, deepest, references):
        """Return a dict with the element of ``tags`` and the ``texts`` behind each; ``references``: some may have any.

        An element that has begun waits for the next tag, which tells whether it has children.
        """
        known, end = self._tags, "/"
        current, parents = {}, []
        name = None
        for tag, text in zip(tags, texts):
            if tag[0] == end:
                if name:
                    value, ended = with_attributes(letters, attributes) if attributes else letters, name
                    name = None
                else:
                    value = current
                    ended, current = parents.pop()
            else:
                if name:
                    parents.append((name, current))
                    # What is in it is one level more.
                    if len(parents) >= deepest:
                        raise Unusual
                    current = {}
                name, attributes, empty = known[tag]
                if not empty:
                    letters = _REFERENCE.sub(_character, text) if references and "&" in text else text
                    continue
                value, ended = with_attributes("", attributes), name
                name = None
            if ended in current:
                add(current, ended, value)
            else:
                current[ended] = value
        if parents or name:
            raise Unusual
        return current


class _Tags(dict):
    """What is between < and > of a tag → name, attributes, whether nothing is in it; raises ``Unusual`` for others than of ``prefix``."""

    def __init__(self, prefix):
        super().__init__()
        self.prefix = prefix

    def __missing__(self, tag):
        match = _TAG.fullmatch(tag)
        if not match or match[1] != self.prefix:
            raise Unusual
        attributes = {name: one or other for name, one, other in _ATTRIBUTE.findall(match[3])}
        if "xmlns" in attributes:
            raise Unusual
        if len(self) >= _MOST_TAGS:
            self.clear()
        found = self[tag] = match[2], attributes, tag.endswith("/")
        return found


def _prefix(tag):
    match = _TAG.fullmatch(tag)
    return match and match[1]


def _character(match):
    if match[3]:
        return _PREDEFINED[match[3]]
    return chr(int(match[1], 16) if match[1] else int(match[2]))
