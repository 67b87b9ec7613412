"""Documents that are valid by a schema of ISO 20022, put together at random from the schema itself.

Optional elements come and go, choices vary, and texts, numbers and times are written in the various ways that XML
Schema allows. The same ``random.Random`` makes the same document.
"""

import re
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

_XS = "{http://www.w3.org/2001/XMLSchema}"
_LETTERS = "abcXYZ 0123456789/-?:().,'+ \u00e4\u00df\u00e9\u0142\u4e2d\u0416&<>\""
_FOREIGN = "<x:Ntry xmlns:x='urn:example'><x:Amt Ccy='EUR'>1.00</x:Amt><x:Stmt/></x:Ntry>"
_ATOM = re.compile(r"(\[(?:\\.|[^\]\\])+\]|\\.|[^\[\](){}\\])(?:\{([0-9]+)(?:,([0-9]+))?\})?")


class Schema:
    """A schema as it is needed to write documents; ``root``: name and type of the document's element."""

    def __init__(self, path):
        top = etree.parse(str(path)).getroot()
        self.namespace = top.get("targetNamespace")
        (document,) = top.findall(_XS + "element")
        self.root = document.get("name"), document.get("type")
        self.simple = {}
        self.extended = {}
        self.content = {}
        for node in top.findall(_XS + "simpleType"):
            self.simple[node.get("name")] = _simple(node.find(_XS + "restriction"))
        for node in top.findall(_XS + "complexType"):
            extension = node.find("%ssimpleContent/%sextension" % (_XS, _XS))
            if extension is not None:
                attribute = extension.find(_XS + "attribute")
                self.extended[node.get("name")] = extension.get("base"), attribute.get("name"), attribute.get("type")
            else:
                self.content[node.get("name")] = _group(node[0])


class Writer:
    """Writes one document of ``schema``.

    ``fixed(path, type name, random)`` returns the text an element has to have, or None; ``path``: tuple of names.
    ``wanted``: names of optional elements that come more often, with those below them. ``needed``: pairs (name of the
    parent, name) of optional elements that always come.
    """

    def __init__(self, schema, random, fixed, wanted=(), needed=(), most=2):
        self.schema = schema
        self.random = random
        self.fixed = fixed
        self.wanted = frozenset(wanted)
        self.needed = frozenset(needed)
        self.most = most
        self._prefix = random.choice(("", "", "n:"))
        self._pieces = []

    def document(self):
        """Return the bytes of a document."""
        name, kind = self.schema.root
        binding = "xmlns:n" if self._prefix else "xmlns"
        self._pieces = ["<?xml version='1.0' encoding='UTF-8'?>"]
        self._element((name,), kind, " %s=%s" % (binding, quoteattr(self.schema.namespace)))
        return "".join(self._pieces).encode()

    def _element(self, path, kind, attributes=""):
        name = self._prefix + path[-1]
        self._pieces.append("\n" * (self.random.random() < 0.3))
        if kind in self.schema.content:
            self._pieces.append("<%s%s>" % (name, attributes))
            self._particle(path, self.schema.content[kind])
            self._pieces.append("</%s>" % name)
            return
        base = kind
        if kind in self.schema.extended:
            base, attribute, of = self.schema.extended[kind]
            attributes += " %s=%s" % (attribute, quoteattr(self._value((*path, "@" + attribute), of)))
        text = escape(self._value(path, base))
        if self.random.random() < 0.02:
            text += "<!-- a comment -->"
        self._pieces.append("<%s%s>%s</%s>" % (name, attributes, text, name))

    def _particle(self, path, particle):
        kind, least, most, inside = particle[:4]
        for _time in range(self._times(path, particle, least, most)):
            if kind == "element":
                self._element((*path, inside), particle[4])
            elif kind == "any":
                self._pieces.append(_FOREIGN)
            elif kind == "choice":
                self._particle(path, self._chosen(path, inside))
            else:
                for one in inside:
                    self._particle(path, one)

    def _chosen(self, path, branches):
        for branch in branches:
            if (path[-1], branch[3]) in self.needed:
                return branch
        return self.random.choice(branches)

    def _times(self, path, particle, least, most):
        name = particle[3] if particle[0] == "element" else None
        if least == most:
            return least
        if least == 0 and (path[-1], name) not in self.needed:
            depth = len(path)
            chance = 0.8 if name in self.wanted else 0.45 if path[-1] in self.wanted else max(0.6 - depth * 0.07, 0.03)
            if self.random.random() > chance:
                return 0
        return max(least, 1) if most == 1 else self.random.randint(max(least, 1), min(most, max(least, self.most)))

    def _value(self, path, kind):
        fixed = self.fixed(path, kind, self.random)
        return self._simple_value(self.schema.simple[kind]) if fixed is None else fixed

    def _simple_value(self, facets):
        random = self.random
        base = facets["base"]
        if "enumeration" in facets:
            return random.choice(facets["enumeration"])
        if "pattern" in facets:
            return self._matching(facets["pattern"])
        if base == "string":
            return self._text(facets)
        if base == "base64Binary":
            return "QUJD"
        if base not in ("decimal", "boolean"):
            return self._time(base)
        written = self._decimal(facets) if base == "decimal" else random.choice(("true", "false", "1", "0"))
        # XML Schema collapses the space around both
        return "\n  %s " % written if random.random() < 0.05 else written

    def _text(self, facets):
        least, most = int(facets.get("minLength", 0)), int(facets.get("maxLength", 20))
        length = self.random.randint(max(least, 1), min(most, self.random.choice((4, 12, 40, 140))) if most > 1 else 1)
        return "".join(self.random.choice(_LETTERS) for _letter in range(max(length, least)))

    def _decimal(self, facets):
        random = self.random
        # libxml2 counts no more digits than these
        total = min(int(facets.get("totalDigits", 18)), 18)
        fraction = min(int(facets.get("fractionDigits", total)), 17)
        places = random.choice((0, 1, 2, 2, 2, min(5, fraction), fraction))
        places = min(places, fraction, total - 1)
        least = int(facets.get("minInclusive", 0))
        whole = str(random.randrange(least, 10 ** min(total - places, random.choice((1, 3, 6, 13)))))
        written = whole + ("." + "".join(random.choice("0123456789") for _place in range(places)) if places else "")
        odd = random.random()
        if odd < 0.03:
            written = "+" + written
        elif odd < 0.06 and places and not least:
            written = written.replace(whole + ".", ".", 1)
        elif odd < 0.09 and not places:
            written += "."
        elif odd < 0.12 and "minInclusive" not in facets:
            written = "-" + written
        elif odd < 0.15:
            written = "00" + written
        return written

    def _time(self, base):
        random = self.random
        year, month, day = random.randint(1999, 2031), random.randint(1, 12), random.randint(1, 28)
        zone = random.choice(("", "", "Z", "+02:00", "-11:30"))
        if base == "gYear":
            return "%04d" % year
        if base == "gYearMonth":
            return "%04d-%02d" % (year, month)
        date = "%04d-%02d-%02d" % (year, month, day)
        if base == "date":
            return date + zone
        clock = "%02d:%02d:%02d" % (random.randrange(24), random.randrange(60), random.randrange(60))
        return "%sT%s%s%s" % (date, clock, random.choice(("", ".5", ".123456789")), zone)

    def _matching(self, pattern):
        """Return a text that matches ``pattern``: classes, letters, counts, and groups that may come once."""
        pattern = re.sub(r"\((.*?)\)\{0,1\}", lambda group: group[1] * (self.random.random() < 0.5), pattern)
        found = []
        for atom, least, most in _ATOM.findall(pattern):
            times = self.random.randint(int(least), min(int(most or least), int(least) + 12)) if least else 1
            letters = _letters(atom)
            found += [self.random.choice(letters) for _time in range(times)]
        return "".join(found)


def _letters(atom):
    """Return the letters that a class or a letter of a pattern stands for."""
    if not atom.startswith("["):
        return atom[-1]
    inside, found = re.findall(r"\\.|.", atom[1:-1]), []
    while inside:
        letter = inside.pop(0)[-1]
        if len(inside) > 1 and inside[0] == "-":
            found += map(chr, range(ord(letter), ord(inside[1]) + 1))
            del inside[:2]
        else:
            found.append(letter)
    return found


def _simple(restriction):
    facets = {"base": restriction.get("base").removeprefix("xs:")}
    for facet in restriction:
        if not isinstance(facet.tag, str):
            continue
        name = etree.QName(facet).localname
        if name == "enumeration":
            facets.setdefault(name, []).append(facet.get("value"))
        else:
            facets[name] = facet.get("value")
    return facets


def _group(node):
    """Return a particle: (kind, least, most, what is inside, its type)."""
    least = int(node.get("minOccurs", "1"))
    most = node.get("maxOccurs", "1")
    most = 10**6 if most == "unbounded" else int(most)
    kind = etree.QName(node).localname
    if kind == "element":
        return kind, least, most, node.get("name"), node.get("type")
    if kind == "any":
        return kind, least, most, None, None
    return kind, least, most, [_group(one) for one in node], None
