"""XML read as a stream: chosen elements are handed out one by one, as dicts (see `xml_node`), and nothing else is kept.

Built on expat, which calls back at a document type declaration before anything of it is used: there are no DTDs in
ISO 20022, so a file with one is refused, and with it every entity. Elements of
another namespace keep their whole name and so never meet ours.

Callbacks cost more than all else, and most elements stand in one whose text is kept. Those are only gone through by
expat; when the one around them has ended, its text is read by `xml_text`, or by another parser where that cannot.
"""

import codecs
import re
from typing import NamedTuple
from xml.parsers import expat

from .problems import Unreadable
from .xml_callbacks import SEPARATOR, ElementParser, call_back, filling, new_parser
from .xml_text import TextReader, Unusual

_NAME = re.compile(rb"<([^\s/>]+)")
_LONGEST_HELD = 1024
"""Bytes of a tag that is waited for as a whole."""
_LONGEST_UNFINISHED = 1 << 18
"""Bytes of a tag or a comment: expat begins anew with one for each piece, until it is complete."""
_MOST_NAMESPACES = 256
"""Declared around one element: what is read by itself has to declare them once more."""
_WIDE = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
_KNOWN_TO_EXPAT = ("utf-8", "us-ascii", "iso-8859-1")
_INCOMPLETE = {
    expat.errors.codes[text] for text in (expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN)
}
_WRONG_LETTERS = expat.errors.codes[expat.errors.XML_ERROR_INVALID_TOKEN]
_PARTIAL_LETTER = expat.errors.codes[expat.errors.XML_ERROR_PARTIAL_CHAR]
_UNDEFINED = expat.errors.codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY]
_UNKNOWN_ENCODING = expat.errors.codes[expat.errors.XML_ERROR_UNKNOWN_ENCODING]
_INCORRECT_ENCODING = expat.errors.codes[expat.errors.XML_ERROR_INCORRECT_ENCODING]


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


class _Kept:
    """An element whose text is kept: where and on which line it starts, its level, and its own parser if it has one.

    ``ending``: to be called by expat at the ends of elements, to notice its own.
    """

    __slots__ = ("start", "line", "level", "ending", "parser", "read_to")

    def __init__(self, start, line, level, ending):
        self.start = self.read_to = start
        self.line = line
        self.level = level
        self.ending = ending
        self.parser = None


class XmlStream:
    """Iterate over the ``Cut`` of a document.

    ``watched``: a dict, name of an element → ``begin``, ``end`` or ``both``; ended ones are not kept in their parent.
    ``raw``: names of ended ones whose text is kept; within them nothing is watched for. ``accept(namespace, message
    name, line)`` is called once, with what the document says it is. Raises ``Unreadable`` through ``source.findings``.
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
        self._lines = []
        self._window = bytearray()
        self._window_start = 0
        self._fed = 0
        self._name = self._next_name = None
        self._closing = None
        self._scope = []
        self._kept = None
        self._texts = TextReader(source.limits.text)
        self._encoding = "utf-8"
        self._letters = None
        self._namespace = None
        self._seen_document = False
        self._seen_message = False

    def __iter__(self):
        # expat reads UTF-16 too, but the text of an entry is found by bytes
        wide = _WIDE.get(self._source.peek(4)[:2])
        self._set_parser("utf-8" if wide else None)
        decoder = codecs.getincrementaldecoder(wide)() if wide else None
        for piece in self._source.pieces():
            if decoder:
                piece = self._recode(decoder, piece)
            self._window += piece
            self._feed()
            yield from self._take()
            self._check_held()
            self._forget()
        if decoder:
            self._recode(decoder, b"", True)
        self._feed(final=True)
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

    def _check_held(self):
        """Refuse what would have to be held in memory, or gone through again and again, for as long as it goes on."""
        if self._fed - self._parser.CurrentByteIndex > _LONGEST_UNFINISHED:
            self._refuse("too-long", "A tag or a comment of the XML is too long.")
        if self._kept and self._fed - self._kept.start > self._limits.whole:
            self._refuse("too-large", "An entry is larger than %d bytes, the limit." % self._limits.whole)

    def _forget(self):
        """Drop what no open element with raw text needs; a long one is read on the way, to keep within the limits."""
        kept = self._kept
        keep = self._parser.CurrentByteIndex if kept is None else kept.start
        del self._window[: max(keep - self._window_start, 0)]
        self._window_start = max(keep, self._window_start)
        if kept and len(self._window) > self._limits.text:
            self._read_on(kept, self._window_start + len(self._window))

    def _set_parser(self, encoding):
        watched = frozenset(self._begins | self._ends)
        self._callbacks = filling({}, self._local, self._limits, self._refuse, 0, watched, self._begin, self._finish)
        self._parser = parser = new_parser(encoding, self._callbacks)
        parser.StartDoctypeDeclHandler = lambda *_args: self._refuse(
            "doctype", "The file has a document type declaration (DOCTYPE); bank files have none, it is not read."
        )
        parser.XmlDeclHandler = lambda _version, declared, _alone: self._declared(encoding or declared)
        parser.StartNamespaceDeclHandler = self._in_scope
        parser.EndNamespaceDeclHandler = lambda _prefix: self._scope.pop()

    def _refuse(self, code, message):
        self._findings.refuse(code, message, self._parser.CurrentLineNumber)

    def _in_scope(self, prefix, namespace):
        self._scope.append((prefix, namespace))
        if len(self._scope) > _MOST_NAMESPACES:
            self._refuse("too-many", "The XML declares too many namespaces.")

    def _begin(self, local, name, node, parents):
        line = self._parser.CurrentLineNumber
        self._lines.append(line)
        if local in self._begins:
            self._cuts.append(Cut(local, True, node, parents[-1], line, None))
        if local in self._raw:
            start = self._parser.CurrentByteIndex
            self._next_name = _NAME.match(self._window, start - self._window_start)[1]
            ending = self._ending(name, awaited=self._next_name == self._name)
            self._kept = _Kept(start, line, len(parents), ending)
            call_back(self._parser, (None, None, ending))

    def _ending(self, name, awaited):
        """Return what to call at the end of each element until one called ``name`` by expat has ended.

        ``awaited``: its end tag is waited for, see ``_feed``. Once another element has ended within it, so that it has
        such a tag, nothing else has to be called.
        """
        parser, callbacks = self._parser, self._callbacks

        def end(ended):
            if ended == name:
                call_back(parser, callbacks)
                callbacks[-1](ended)
            elif awaited:
                parser.EndElementHandler = None

        return end

    def _finish(self, local, value, parent):
        """Hand out an element that was watched for; return whether it is not kept."""
        raw = None
        if local in self._raw:
            raw, value = self._read_kept()
        line = self._lines.pop()
        if local in self._ends:
            self._cuts.append(Cut(local, False, value if type(value) is dict else {}, parent, line, raw))
        return local in self._ends

    def _read_kept(self):
        """Return text and content of the element that ends here."""
        kept, self._kept = self._kept, None
        start = kept.start - self._window_start
        stop = self._window.find(b">", self._parser.CurrentByteIndex - self._window_start) + 1
        raw = self._decoded(self._window[start:stop])
        if kept.parser is None:
            try:
                return raw, self._texts.parsed(raw, self._limits.depth - kept.level + 1)
            except Unusual:
                pass
        self._read_on(kept, self._window_start + stop)
        return raw, kept.parser.value()

    def _read_on(self, kept, stop):
        """Let the element's own parser read up to the byte ``stop`` of the document."""
        if kept.parser is None:
            kept.parser = ElementParser(
                self._scope, self._local, self._limits,
                lambda code, message, line: self._findings.refuse(code, message, kept.line + line - 1),
                kept.level, self._encoding,
            )  # fmt: skip
        kept.parser.feed(bytes(self._window[kept.read_to - self._window_start : stop - self._window_start]))
        kept.read_to = stop

    def _declared(self, encoding):
        """Read the letters as expat does: what it does not know itself it takes byte by byte.

        Some of Python's encodings would make another text of several bytes, in which other amounts may stand.
        """
        self._encoding = encoding or self._encoding
        if self._encoding.lower() not in _KNOWN_TO_EXPAT:
            self._letters = bytes(range(256)).decode(self._encoding, "replace")

    def _decoded(self, data):
        if self._letters:
            return codecs.charmap_decode(data, "replace", self._letters)[0]
        return data.decode(self._encoding, "replace")

    def _local(self, name):
        """Return how elements called ``name`` by expat are called here; the second of a document is its message."""
        namespace, _, local = name.rpartition(SEPARATOR)
        if not self._seen_document:
            if local == "Document":
                self._seen_document = True
                self._namespace = namespace
                return local
            # an envelope around the document, as of a business message with its header
            return name
        if not self._seen_message:
            self._seen_message = True
            self._accept(self._namespace, local, self._parser.CurrentLineNumber)
        return local if namespace == self._namespace else name

    def _feed(self, final=False):
        """Let expat go through the window, as far as its tags are complete.

        Callbacks at the end of each element cost more than all that expat does for it. So it is given the text up to
        the end tag of an element that is kept without any, and then that tag with one.
        """
        if self._next_name != self._name:
            self._name = self._next_name
            self._closing = re.compile(b"</%s[ \t\r\n]*>" % re.escape(self._name))
        place = self._fed - self._window_start
        while self._closing and (match := self._closing.search(self._window, place)):
            self._parse(self._window[place : match.start()])
            self._notice_end()
            self._parse(match[0])
            place = match.end()
        rest = bytes(self._window[place:])
        tag = rest.rfind(b"<")
        if tag < 0 or b">" in rest[tag:]:
            tag = len(rest)
        self._parse(rest[:tag])
        if final or len(rest) - tag > _LONGEST_HELD:
            self._notice_end()
            self._parse(rest[tag:], final)

    def _notice_end(self):
        """Let expat call back at the next end tag; it is not always that of the kept element, as in a comment."""
        if self._kept:
            self._parser.EndElementHandler = self._kept.ending

    def _parse(self, piece, final=False):
        self._fed += len(piece)
        try:
            self._parser.Parse(bytes(piece), final)
        except expat.ExpatError as error:
            self._explain(error)
        except Unreadable:
            raise
        except (LookupError, ValueError):
            # from Python's codecs, which expat asks for what it does not know itself
            self._findings.refuse("encoding-unknown", "The file declares an encoding that cannot be read.", 1)

    def _explain(self, error):
        refuse = self._findings.refuse
        line = error.lineno
        if error.code in _INCOMPLETE:
            refuse("truncated", "The file ends in the middle, it is not complete.", line)
        if error.code == _UNDEFINED:
            refuse("entity", "The file refers to an entity that XML does not define; bank files have none.", line)
        if error.code in (_UNKNOWN_ENCODING, _INCORRECT_ENCODING):
            refuse("encoding-unknown", "The file declares an encoding that is not known or not its own.", line)
        at = self._parser.ErrorByteIndex - self._window_start
        wrong = error.code == _WRONG_LETTERS and 0 <= at < len(self._window) and self._window[at] >= 0x80
        if wrong or error.code == _PARTIAL_LETTER:
            refuse("encoding-wrong", "The letters of the file are not in the encoding that it declares.", line)
        refuse("xml-malformed", "The file is not well-formed XML: %s." % expat.ErrorString(error.code), line)
