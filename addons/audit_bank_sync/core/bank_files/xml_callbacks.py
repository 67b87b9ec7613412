"""What expat calls back to make the dicts of elements, and a parser of its own for one element of a document."""

from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from .xml_node import add, with_attributes

SEPARATOR = " "
"""Between namespace and name of an element, as expat hands them out."""


def new_parser(encoding, callbacks):
    """Return a parser for ``encoding`` (None: as the document says) that calls the three ``callbacks``."""
    parser = expat.ParserCreate(encoding, SEPARATOR)
    parser.buffer_text = True
    parser.buffer_size = 1 << 16
    call_back(parser, callbacks)
    return parser


def call_back(parser, callbacks):
    parser.StartElementHandler, parser.CharacterDataHandler, parser.EndElementHandler = callbacks


def filling(root, local, limits, refuse, level=0, watched=frozenset(), begin=None, finish=None):
    """Return the three callbacks that fill the dict ``root``; closures, as they may run for each of a million elements.

    ``local``: function, name of an element by expat → its name here; ``refuse(code, message)`` raises; ``level``: of
    ``root`` in the document. For elements that are ``watched``, ``begin(name, name by expat, node, parents)`` is called
    and ``finish(name, value, parent)``, which returns whether the parent has it to itself and not among its elements.
    """
    names, parents = {}, []
    deepest, longest = limits.depth - level, limits.text
    current, letters, attributes = root, "", None

    def start(name, found):
        nonlocal current, letters, attributes
        here = names.get(name)
        if here is None:
            here = names[name] = local(name)
        parents.append(current)
        current = {}
        letters = ""
        attributes = found
        if len(parents) > deepest:
            refuse("too-deep", "The XML is nested too deeply.")
        if here in watched:
            begin(here, name, current, parents)

    def data(piece):
        nonlocal letters
        letters = letters + piece if letters else piece
        if len(letters) > longest:
            refuse("too-long", "A text of the XML is too long.")

    def end(name):
        nonlocal current, letters, attributes
        here = names[name]
        value = current or letters
        if attributes:
            if not current:
                value = with_attributes(letters, attributes)
            attributes = None
        current = parents.pop()
        if here in watched:
            letters = ""
            if finish(here, value, current):
                return
        add(current, here, value)

    return start, data, end


class ElementParser:
    """Makes the dict of one element from its bytes, in as many pieces as one likes.

    ``scope``: list of (prefix, namespace) that are declared around it; ``level``: its own in the document.
    """

    def __init__(self, scope, local, limits, refuse, level, encoding):
        self._around = {}
        self._refuse = refuse
        # An element around it declares the namespaces, and is one level more.
        callbacks = filling(self._around, local, limits, self._refuse_here, level - 2)
        self._parser = new_parser(encoding, callbacks)
        declared = "".join(
            " xmlns%s=%s" % (prefix and ":" + prefix or "", quoteattr(namespace or ""))
            for prefix, namespace in dict(scope).items()
        )
        self.feed(("<around%s>" % declared).encode(encoding, "xmlcharrefreplace"))

    def feed(self, piece):
        try:
            self._parser.Parse(piece, False)
        except expat.ExpatError as error:
            # Expat has gone through it before, so that it only can be incomplete: it ended with one of its own name.
            self._refuse_here("xml-malformed", "The file is not well-formed XML: %s." % expat.ErrorString(error.code))

    def value(self):
        """Return the dict of the element, or its text; it has to be complete."""
        self.feed(b"</around>")
        (around,) = self._around.values()
        (element,) = around.values()
        return element

    def _refuse_here(self, code, message):
        self._refuse(code, message, self._parser.CurrentLineNumber)
