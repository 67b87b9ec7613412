"""The dict of an element from its text, which expat has gone through already: a fraction of what callbacks would cost.

That text is well-formed, complete and without entities of its own. What else the common way of writing does not need,
as a comment, a CDATA section or a second namespace, is left to expat.

A bank writes most of its entries with the same tags, so that what they make is found out once for each sequence.
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
_MOST_PLANS = 256
_LONGEST_PLAN = 512
"""Tags of a sequence that is remembered; of a longer one, the next may have a payment more."""


class Unusual(Exception):
    """The text of an element has to be read by expat."""


class TextReader:
    """Reads the texts of elements of one document, all of them in its namespace. ``longest``: characters of one."""

    def __init__(self, longest):
        self._longest = longest
        self._tags = _Tags(None)
        self._plans = {}
        self._deepest = None

    def parsed(self, letters, deepest):
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
        tags, texts = tuple(parts[1::2]), parts[2::2]
        if "&" in letters:
            texts = [_REFERENCE.sub(_character, one) if "&" in one else one for one in texts]
        return _value(*(self._plans.get(tags) or self._new_plan(tags, deepest)), texts)

    def _new_plan(self, tags, deepest):
        match = _TAG.fullmatch(tags[0])
        prefix = match and match[1]
        if (prefix, deepest) != (self._tags.prefix, self._deepest):
            # An element with another prefix may be of another namespace, unless the whole one has it.
            self._tags, self._plans, self._deepest = _Tags(prefix), {}, deepest
        plan = _planned(tags, self._tags, deepest)
        if len(tags) <= _LONGEST_PLAN:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            self._plans[tags] = plan
        return plan


def _planned(tags, known, deepest):
    """Return what an element with ``tags`` is made of: ``(place, kind)``.

    ``place``: of its text behind one of the tags. ``kind``: None for a text, a dict for one with these attributes, a
    tuple of (name, place, kind) for children, a list of (place, kind) for several of one name.
    """
    current, parents = {}, []
    name = None
    for place, tag in enumerate(tags):
        if tag[0] != "/":
            if name:
                # The one before has this one as a child, which is one level more.
                parents.append((name, current))
                current = {}
                if len(parents) >= deepest:
                    raise Unusual
            name, attributes, empty = known[tag]
            if not empty:
                began = place
                continue
            # Behind the last tag there is no text.
            add(current, name, (-1, attributes or None))
        elif name:
            add(current, name, (began, attributes or None))
        else:
            children = current
            ended, current = parents.pop()
            add(current, ended, (-1, tuple(
                (child, -1, made) if type(made) is list else (child, *made) for child, made in children.items()
            )))  # fmt: skip
        name = None
    if parents or name:
        raise Unusual
    (plan,) = current.values()
    return plan


def _value(place, kind, texts):
    if type(kind) is tuple:
        node = {}
        for name, at, of in kind:
            node[name] = texts[at] if of is None else _value(at, of, texts)
        return node
    if kind is None:
        return texts[place]
    if type(kind) is dict:
        return with_attributes(texts[place], kind)
    return [_value(at, of, texts) for at, of in kind]


class _Tags(dict):
    """What stands between < and > → name, attributes, whether the element ends there; raises ``Unusual``.

    ``prefix``: of all names that are known here, None for none.
    """

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


def _character(match):
    if match[3]:
        return _PREDEFINED[match[3]]
    return chr(int(match[1], 16) if match[1] else int(match[2]))
