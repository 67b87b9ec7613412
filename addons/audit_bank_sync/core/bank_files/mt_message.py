"""SWIFT MT messages taken apart: MT940 and MT942, with or without the blocks of the network around them."""

import re
from typing import NamedTuple

# only the fields of these messages: a line of :86: may begin with what looks like another
_TAG = re.compile(r":(20|21|25P?|28C?|60[FM]|61|86|62[FM]|64|65|34F|90[CD]|13D?|NS):")
_LINE_END = re.compile(r"\r\n|\r|\n")
_TYPE = re.compile(r"\{2:[IO](94[02])|^\s*(94[02])\s*$")


class Field(NamedTuple):
    """One field; ``lines``: its text without the tag; ``line``: where it begins, 1-based."""

    tag: str
    lines: list[str]
    line: int

    @property
    def text(self):
        return "\n".join(self.lines)


class Message(NamedTuple):
    """The fields of one message; ``kind``: "940", "942" or None when no header says it; ``ended``: an end was met."""

    kind: str | None
    fields: list[Field]
    line: int
    ended: bool


def messages(text):
    """Yield the messages of ``text``.

    A message begins with :20: and ends with a line that is a hyphen (or closes block 4), or where the next begins.
    What stands outside of messages (headers of the network, names of files) is passed over, but for its message type.
    """
    kind, fields, begin = None, [], 0
    for number, line in enumerate(_LINE_END.split(text), 1):
        line = line.strip("\x01\x03\x1a")
        # block 4 may begin on the line of the headers, with or without the first field behind it
        if "{4:" in line and not fields:
            head, _, line = line.partition("{4:")
            kind = _kind(head) or kind
        tag = _TAG.match(line)
        if tag and tag[1] == "20":
            if fields:
                yield Message(kind, fields, begin, False)
            fields, begin = [], number
        if line.strip() in ("-", "-}") or line.startswith("-}"):
            if fields:
                yield Message(kind, fields, begin, True)
            kind, fields = None, []
            continue
        if tag and (fields or tag[1] == "20"):
            fields.append(Field(tag[1], [line[tag.end() :]], number))
        elif fields:
            fields[-1].lines.append(line)
        else:
            kind = _kind(line) or kind
    if fields:
        yield Message(kind, fields, begin, False)


def _kind(line):
    found = _TYPE.search(line)
    return found and (found[1] or found[2])
