"""Structured creditor references: recognised by their check digits, in one spelling each.

==========  ==========================================================  ===========================================
scheme      shape                                                       rule
==========  ==========================================================  ===========================================
``rf``      ``RF``, 2 check digits, up to 21 letters and digits         ISO 11649: modulo 97 as in ISO 7064
``qrr``     27 digits                                                   Swiss QR reference: modulo 10, recursive
``ogm``     12 digits, often as ``+++090/9337/55493+++``                Belgian structured communication: modulo 97
==========  ==========================================================  ===========================================

A text without these check digits is no structured reference, whatever it looks like.
"""

import re
from typing import NamedTuple

_RF = re.compile(r"RF[0-9]{2}[0-9A-Z]{1,21}")
_RF_START = re.compile(r"\bRF ?[0-9]{2}", re.IGNORECASE)
_RF_STRETCH = re.compile(r"[0-9A-Za-z -]+")
_RF_LENGTH = 25
_MARKED_OGM = re.compile(r"(?:\+{3}|\*{3}) ?([0-9]{3})/([0-9]{4})/([0-9]{5}) ?(?:\+{3}|\*{3})")
_DIGITS_WITH_SPACES = re.compile(r"(?<![0-9A-Za-z])[0-9](?:[ ]?[0-9]){25,26}(?![0-9A-Za-z])")
_TWELVE = re.compile(r"(?<![0-9A-Za-z/])([0-9]{3})/?([0-9]{4})/?([0-9]{5})(?![0-9A-Za-z/])")
_SPACING = re.compile(r"[\s/+*.-]+")
_QRR_LENGTH = 27
# The carry table of the recursive modulo 10 procedure (Swiss Payment Standards, QR-bill, annex B).
_CARRY = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)


class Structured(NamedTuple):
    """A reference that passed its check: ``scheme`` of the table above, ``value`` in its one spelling."""

    scheme: str
    value: str


def is_rf(value):
    """Whether ``value``, without spaces and in capitals, is a creditor reference of ISO 11649."""
    if not _RF.fullmatch(value):
        return False
    return int("".join(str(int(sign, 36)) for sign in value[4:] + value[:4])) % 97 == 1


def is_qrr(value):
    """Whether ``value`` is a Swiss QR reference of 27 digits that is not all zeros."""
    if len(value) != _QRR_LENGTH or not (value.isascii() and value.isdigit()) or not value.strip("0"):
        return False
    carry = 0
    for digit in value[:-1]:
        carry = _CARRY[(carry + int(digit)) % 10]
    return (10 - carry) % 10 == int(value[-1])


def is_ogm(value):
    """Whether ``value`` is a Belgian structured communication of 12 digits that is not all zeros."""
    if len(value) != 12 or not (value.isascii() and value.isdigit()) or not value[:10].strip("0"):
        return False
    return (int(value[:10]) % 97 or 97) == int(value[10:])


def recognised(value):
    """Return the ``Structured`` that a whole field holds, in any spacing; ``None`` when it holds something else.

    A QR reference whose leading zeros were dropped by a bank is completed: from 20 digits on, and when it then passes.
    """
    compact = _SPACING.sub("", value).upper()
    if is_rf(compact):
        return Structured("rf", compact)
    if is_ogm(compact):
        return Structured("ogm", compact)
    if len(compact) >= 20 and compact.isascii() and compact.isdigit() and is_qrr(compact.zfill(_QRR_LENGTH)):
        return Structured("qrr", compact.zfill(_QRR_LENGTH))
    return None


def found_in(text):
    """Return every ``Structured`` within a free text, each once, in the order in which they stand.

    Where an RF reference ends cannot be told from a text with spaces in it: every end that passes is returned.
    """
    found = {}
    for start in _RF_START.finditer(text):
        for value in _rf_readings(text[start.start() : start.start() + 2 * _RF_LENGTH]):
            found.setdefault(Structured("rf", value), start.start())
    for match in _DIGITS_WITH_SPACES.finditer(text):
        value = match.group().replace(" ", "").zfill(_QRR_LENGTH)
        if is_qrr(value):
            found.setdefault(Structured("qrr", value), match.start())
    for match in [*_MARKED_OGM.finditer(text), *_TWELVE.finditer(text)]:
        value = "".join(match.groups())
        if is_ogm(value):
            found.setdefault(Structured("ogm", value), match.start())
    return sorted(found, key=found.get)


def _rf_readings(text):
    """Each reference that ``text`` begins with, when its words are joined one after the other."""
    value = ""
    for word in _RF_STRETCH.match(text).group().upper().replace("-", " ").split():
        value += word
        if len(value) > _RF_LENGTH:
            return
        if is_rf(value):
            yield value
