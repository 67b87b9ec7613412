"""Words, numbers and names in the texts of a bank line, in forms that can be compared.

A document number is a row of runs, each of letters or of digits: ``INV/2026/00123`` is ``INV``, ``2026``, ``00123``.
Payers change what stands between the runs, drop leading zeros, or the letters in front; the forms below allow for that.
"""

import re
import unicodedata
from functools import lru_cache

_RUN = re.compile(r"[A-Z]+|[0-9]+")
_MOST_RUNS = 80
_LONGEST_NUMBER = 6
"""Runs of a document number."""
_LEAST_SIGNS = 5
_LEAST_TAIL = 3
_UNFOLDED = str.maketrans(
    {"Ä": "AE", "Ö": "OE", "Ü": "UE", "ß": "SS", "ẞ": "SS", "Æ": "AE", "Ø": "OE", "Ł": "L", "Đ": "D"}
)
_UMLAUT = re.compile(r"[ÄÖÜäöü]")
# Legal forms and words that say nothing about who somebody is.
_LEGAL_FORMS = (
    "AG AS BV BVBA CIE CO CORP DBA EG EK EV GBR GMBH INC KG KGAA LIMITED LLC LLP LTD MBH NV OHG OY OYJ PLC PTY SA SARL"
    " SAS SE SL SPA SPOL SRL SRO UG"
)
_SMALL_WORDS = "AND COMPANY DAS DE DER DIE ET FRAU GESELLSCHAFT HERR M MME MR MRS MS THE UND"
_SILENT = frozenset(_LEGAL_FORMS.split() + _SMALL_WORDS.split())
_NO_REFERENCE = frozenset(("", "NOTPROVIDED", "NONREF", "NOREF", "NONE", "UNKNOWN", "NA", "N/A", "-"))


@lru_cache(maxsize=65536)
def folded(text):
    """Return ``text`` in ASCII capitals: umlauts as two letters, other accents dropped."""
    if text.isascii():
        return text.upper()
    text = unicodedata.normalize("NFC", text)
    text = _UMLAUT.sub(lambda match: match.group().upper(), text).translate(_UNFOLDED)
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return plain.upper()


def runs(text):
    """Return the runs of letters or digits of ``text``, at most 80."""
    return _RUN.findall(folded(text))[:_MOST_RUNS]


def identifier(value):
    """Return an end-to-end id, mandate id or the like in one spelling; empty for the words that stand for none."""
    value = "".join(value.split()).upper()
    return "" if value in _NO_REFERENCE else value


@lru_cache(maxsize=65536)
def account_number(value):
    """Return an IBAN or other account number in one spelling."""
    return "".join(sign for sign in value.upper() if sign.isalnum())


def number_forms(number):
    """Return the forms under which a document number is looked for, as two tuples: whole, and without its letters.

    Too short for either is what has fewer than five signs: such a text stands in a line by chance.
    """
    parts = runs(number)
    if not parts or len(parts) > _LONGEST_NUMBER or not any(part.isdigit() for part in parts):
        return (), ()
    whole = _forms(parts)
    numbers = [part for part in parts if part.isdigit()]
    bare = _forms(numbers) if len(numbers) < len(parts) else ()
    return whole, tuple(form for form in bare if form not in whole)


def number_tail(number):
    """Return the last run of digits without leading zeros; empty when it has fewer than three digits as written."""
    digits = last_digits(number)
    return digits.lstrip("0") if len(digits) >= _LEAST_TAIL else ""


@lru_cache(maxsize=65536)
def last_digits(number):
    """Return the last run of digits of a document number as it is written; empty when there is none."""
    return next((part for part in reversed(runs(number)) if part.isdigit()), "")


def numbers_within(parts):
    """Yield ``(form, start, end)`` for every row of runs that could be a document number, ``end`` behind its last."""
    stripped = [_stripped(part) for part in parts]
    digits = [part.isdigit() for part in parts]
    for start in range(len(parts)):
        size, any_digits, joined, dotted = 0, False, "", ""
        for end in range(start, min(start + _LONGEST_NUMBER, len(parts))):
            size += len(parts[end])
            any_digits = any_digits or digits[end]
            joined += parts[end]
            dotted = dotted + "." + stripped[end] if dotted else stripped[end]
            if any_digits and size >= _LEAST_SIGNS:
                yield dotted, start, end + 1
                if joined != dotted:
                    yield joined, start, end + 1


def name_words(name):
    """Return the words of a name that say who it is, in order; all of them when none does."""
    every = re.findall(r"[A-Z0-9]+", folded(name).replace("'", "").replace("&", " "))
    return [word for word in every if word not in _SILENT] or every


def name_key(name):
    """Return a name in one spelling, whatever the order of its words and its legal form."""
    return " ".join(sorted(name_words(name)))


@lru_cache(maxsize=65536)
def trigrams(key):
    """Return the set of three neighbouring signs of ``key``, with its ends marked."""
    marked = f"  {key} "
    return frozenset(marked[place : place + 3] for place in range(len(marked) - 2))


def similarity(key, other):
    """Return how alike two name keys are, from 0 to 1: the better of their signs and of the words that they share.

    Banks cut names at 27, 35 or 70 signs, so a name whose words all stand in the longer one counts nearly as equal,
    when that is more than one word.
    """
    if key == other:
        return 1.0
    ours, theirs = trigrams(key), trigrams(other)
    shared = 2 * len(ours & theirs) / (len(ours) + len(theirs))
    words, others = set(key.split()), set(other.split())
    fewer = min(len(words), len(others))
    if fewer >= 2 and len(words & others) == fewer:
        return max(shared, 0.9)
    return shared


def one_sign_apart(value, other):
    """Whether two digit texts differ by one wrong, missing or further sign, or by two neighbours changing places."""
    if value == other or abs(len(value) - len(other)) > 1:
        return False
    start = 0
    for ours, theirs in zip(value, other):
        if ours != theirs:
            break
        start += 1
    if len(value) == len(other):
        if value[start + 1 :] == other[start + 1 :]:
            return True
        return value[start : start + 2] == other[start : start + 2][::-1] and value[start + 2 :] == other[start + 2 :]
    longer, shorter = (value, other) if len(value) > len(other) else (other, value)
    return longer[start + 1 :] == shorter[start:]


def _forms(parts):
    """A row of runs with and without its leading zeros, where that is long enough."""
    joined, dotted = "".join(parts), ".".join(_stripped(part) for part in parts)
    if len(joined) < _LEAST_SIGNS:
        return ()
    return (dotted,) if dotted == joined else (dotted, joined)


def _stripped(part):
    return part.lstrip("0") or "0" if part.isdigit() else part
