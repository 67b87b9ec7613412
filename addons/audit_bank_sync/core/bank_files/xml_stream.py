"""XML read as a stream: chosen elements are handed out one by one, as dicts, and nothing else is kept.

Built on expat, which calls back at a document type declaration before anything of it is used: there are no DTDs in
ISO 20022, so a file with one is refused, and with it every entity. An element with children is a dict of lists by
local name; one without is its text. Elements of another namespace keep their whole name and so never meet ours.
"""

import codecs
from typing import NamedTuple
from xml.parsers import expat

from .problems import Unreadable

_SPACE = " "
_WIDE = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
_INCOMPLETE = {
    expat.errors.codes[text] for text in (expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN)
}
_WRONG_LETTERS = expat.errors.codes[expat.errors.XML_ERROR_INVALID_TOKEN]
_PARTIAL_LETTER = expat.errors.codes[expat.errors.XML_ERROR_PARTIAL_CHAR]
_UNDEFINED = expat.errors.codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY]
_UNKNOWN_ENCODING = expat.errors.codes[expat.errors.XML_ERROR_UNKNOWN_ENCODING]
_INCORRECT_ENCODING = expat.errors.codes[expat.errors.XML_ERROR_INCORRECT_ENCODING]


class Amount(str):
    """The text of an element with attributes: of an amount, its currency."""

    __slots__ = ("attributes",)


class Cut(NamedTuple):
    """An element that was watched for; ``begin``: only its start was seen, ``node`` fills up later.

    ``parent``: what its parent holds so far; ``raw``: its text in the file, when it was asked for.
    """

    name: str
    begin: bool
    node: dict
    parent: dict
    line: int
    raw: str | None


def first(node, *path):
    """Return the first element at ``path`` below ``node``, or None."""
    for name in path:
        if type(node) is not dict:
            return None
        found = node.get(name)
        if not found:
            return None
        node = found[0]
    return node


def every(node, *path):
    """Return all elements by the last name of ``path``, below the first of each name before."""
    parent = first(node, *path[:-1])
    return parent.get(path[-1], []) if type(parent) is dict else []


def text(node, *path):
    """Return the text at ``path``, stripped, or None when there is none."""
    for name in path:
        if type(node) is not dict:
            return None
        found = node.get(name)
        if not found:
            return None
        node = found[0]
    return (node.strip() or None) if node and type(node) is not dict else None


class XmlStream:
    """Iterate over the ``Cut`` of a document.

    ``watched``: a dict, name of an element → ``begin``, ``end`` or ``both``; ended ones are not kept in their parent.
    ``raw``: names whose text is kept. ``accept(namespace, message name, line)`` is called once, with what the document
    says it is. Raises ``Unreadable`` through ``source.findings``.
    """

    def __init__(self, source, watched, raw, accept):
        self._source = source
        self._findings = source.findings
        self._limits = source.limits
        self._begins = {name for name, when in watched.items() if when != "end"}
        self._ends = {name for name, when in watched.items() if when != "begin"}
        self._raw = raw
        self._accept = accept
        self._cuts = []
        self._window = bytearray()
        self._window_start = 0
        self._raw_start = None
        self._encoding = "utf-8"
        self._namespace = None
        self._seen_document = False
        self._seen_message = False

    def __iter__(self):
        # expat reads UTF-16 too, but the text of an entry is found by bytes
        wide = _WIDE.get(self._source.peek(4)[:2])
        parser = self._parser("utf-8" if wide else None)
        decoder = codecs.getincrementaldecoder(wide)() if wide else None
        for piece in self._source.pieces():
            if decoder:
                piece = self._recode(decoder, piece)
            self._window += piece
            self._feed(parser, piece, False)
            yield from self._take()
            self._forget(parser)
        if decoder:
            self._recode(decoder, b"", True)
        self._feed(parser, b"", True)
        yield from self._take()
        if not self._seen_message:
            self._findings.refuse("not-iso-20022", "The XML holds no ISO 20022 document.", 1)

    def _take(self):
        cuts, self._cuts = self._cuts, []
        return cuts

    def _recode(self, decoder, piece, final=False):
        try:
            return decoder.decode(piece, final).encode()
        except UnicodeError:
            self._findings.refuse("encoding-wrong", "The letters of the file are not in the encoding UTF-16.")

    def _forget(self, parser):
        """Drop what no open element with raw text needs."""
        keep = parser.CurrentByteIndex if self._raw_start is None else self._raw_start
        del self._window[: max(keep - self._window_start, 0)]
        self._window_start = max(keep, self._window_start)

    def _parser(self, encoding):
        parser = expat.ParserCreate(encoding, _SPACE)
        parser.buffer_text = True
        parser.buffer_size = 1 << 16
        parser.StartDoctypeDeclHandler = lambda *_args: self._findings.refuse(
            "doctype", "The file has a document type declaration (DOCTYPE); bank files have none, it is not read.",
            parser.CurrentLineNumber,
        )  # fmt: skip
        parser.XmlDeclHandler = lambda _version, declared, _alone: self._declared(encoding or declared)
        start, data, end = self._handlers(parser)
        parser.StartElementHandler = start
        parser.CharacterDataHandler = data
        parser.EndElementHandler = end
        return parser

    def _handlers(self, parser):
        """Return the three callbacks; closures, as they run for each of a million elements."""
        ends, raw_names = self._ends, self._raw
        watched = self._begins | ends
        names, parents, lines = {}, [], []
        deepest, longest = self._limits.depth, self._limits.text
        current, letters, attributes = {}, "", None

        def start(name, found):
            nonlocal current, letters, attributes
            local = names.get(name)
            if local is None:
                local = names[name] = self._local(name, parser.CurrentLineNumber)
            parents.append(current)
            current = {}
            letters = ""
            attributes = found
            if len(parents) > deepest:
                self._findings.refuse("too-deep", "The XML is nested too deeply.", parser.CurrentLineNumber)
            if local in watched:
                lines.append(parser.CurrentLineNumber)
                self._begin(local, current, parents[-1], parser)

        def data(piece):
            nonlocal letters
            letters = letters + piece if letters else piece
            if len(letters) > longest:
                self._findings.refuse("too-long", "A text of the XML is too long.", parser.CurrentLineNumber)

        def end(name):
            nonlocal current, attributes
            local = names[name]
            value = current or letters
            if attributes:
                if not current:
                    value = Amount(letters)
                    value.attributes = attributes
                attributes = None
            current = parents.pop()
            if local in watched and finish(local, value):
                return
            if local in current:
                current[local].append(value)
            else:
                current[local] = [value]

        def finish(local, value):
            """Hand out an element that was watched for; return whether it is not kept."""
            nonlocal letters
            letters = ""
            line = lines.pop()
            raw = self._raw_text(parser) if local in raw_names else None
            if local in ends:
                self._cuts.append(Cut(local, False, value if type(value) is dict else {}, current, line, raw))
            return local in ends

        return start, data, end

    def _begin(self, local, node, parent, parser):
        if local in self._raw:
            self._raw_start = parser.CurrentByteIndex
        if local in self._begins:
            self._cuts.append(Cut(local, True, node, parent, parser.CurrentLineNumber, None))

    def _declared(self, encoding):
        self._encoding = encoding or self._encoding

    def _local(self, name, line):
        """Return how elements called ``name`` by expat are called here; the second of a document is its message."""
        namespace, _, local = name.rpartition(_SPACE)
        if not self._seen_document:
            if local == "Document":
                self._seen_document = True
                self._namespace = namespace
                return local
            # an envelope around the document, as of a business message with its header
            return name
        if not self._seen_message:
            self._seen_message = True
            self._accept(self._namespace, local, line)
        return local if namespace == self._namespace else name

    def _raw_text(self, parser):
        start = self._raw_start - self._window_start
        stop = self._window.find(b">", parser.CurrentByteIndex - self._window_start) + 1
        self._raw_start = None
        return self._window[start:stop].decode(self._encoding, "replace")

    def _feed(self, parser, piece, final):
        try:
            parser.Parse(piece, final)
        except expat.ExpatError as error:
            self._explain(error, parser)
        except Unreadable:
            raise
        except (LookupError, ValueError):
            # from Python's codecs, which expat asks for what it does not know itself
            self._findings.refuse("encoding-unknown", "The file declares an encoding that cannot be read.", 1)

    def _explain(self, error, parser):
        refuse = self._findings.refuse
        line = error.lineno
        if error.code in _INCOMPLETE:
            refuse("truncated", "The file ends in the middle, it is not complete.", line)
        if error.code == _UNDEFINED:
            refuse("entity", "The file refers to an entity that XML does not define; bank files have none.", line)
        if error.code in (_UNKNOWN_ENCODING, _INCORRECT_ENCODING):
            refuse("encoding-unknown", "The file declares an encoding that is not known or not its own.", line)
        at = parser.ErrorByteIndex - self._window_start
        wrong = error.code == _WRONG_LETTERS and 0 <= at < len(self._window) and self._window[at] >= 0x80
        if wrong or error.code == _PARTIAL_LETTER:
            refuse("encoding-wrong", "The letters of the file are not in the encoding that it declares.", line)
        refuse("xml-malformed", "The file is not well-formed XML: %s." % expat.ErrorString(error.code), line)
