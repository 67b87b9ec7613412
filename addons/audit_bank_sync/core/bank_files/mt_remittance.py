"""Field 86 of MT messages: what banks write to an entry, in the German form, in the form of slashes, or freely."""

import re
from dataclasses import dataclass

from .statement import Detail, Party, References
from .values import is_iban, reference

_GERMAN = re.compile(r"([0-9]{3})([^0-9A-Za-z\s/])(?=[0-9]{2})")
_SEPA = re.compile(
    r"(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|RREF|PURP|IBAN|BIC)\+\s?"
    r"|\b(EREF|KREF|MREF|CRED|SVWZ|ABWA|ABWE):\s"
)
_SLASH = re.compile(
    r"/(EREF|PREF|KREF|IREF|REMI|CNTP|MARF|CSID|RTRN|TRCD|ISDT|BENM|ORDP|TRTP|IBAN|BIC|NAME|ID|ADDR|PURP|ULTB|ULTC"
    r"|ULTD|SVCL|ACCW|NRTX|CHGS|OCMT|EXCH|CREF)/"
)
_GERMAN_WIDTH = 27
_SWIFT_WIDTH = 65


@dataclass(slots=True)
class Information:
    """What field 86 says: ``business_code``: the German GVC; ``booking_text``: the bank's word for the entry."""

    detail: Detail | None = None
    business_code: str | None = None
    booking_text: str | None = None


def read_information(field, amount):
    """Return the ``Information`` of a field 86 (or None) of an entry with the signed ``amount``."""
    if field is None:
        return Information()
    joined = "".join(line.strip("\r\n") for line in field.lines)
    german = _GERMAN.match(joined)
    if german:
        return _german(german, joined[german.end() :], amount)
    if joined.startswith("/") and _SLASH.match(joined):
        return Information(_slashes(_joined(field.lines, _SWIFT_WIDTH), amount))
    lines = tuple(line.strip() for line in field.lines if line.strip())
    return Information(Detail(References(), amount, remittance=lines)) if lines else Information()


def _german(begin, rest, amount):
    """Read GVC, separator, then parts that each begin with the separator and two digits (DFÜ-Abkommen, annex 3)."""
    parts = {}
    # some banks fill each part up to its places, and end with a separator that begins nothing
    rest = re.sub(r"\s+%s\s*$" % re.escape(begin[2]), "", rest)
    for part in re.split(re.escape(begin[2]) + r"(?=[0-9]{2})", rest):
        parts.setdefault(part[:2], part[2:])
    purpose = _joined([parts[key] for key in sorted(parts) if key[0] == "2" or "60" <= key <= "63"], _GERMAN_WIDTH)
    free, tagged = _tagged(re.sub(r" {2,}", " ", purpose))
    account = tagged.pop("IBAN", None) or parts.get("31", "").strip()
    # the name goes on in 33, where other banks put the account
    if not account and is_iban(parts.get("33", "")):
        account = parts.pop("33").strip()
    name = "".join(parts.get(key, "") for key in ("32", "33")).strip()
    bank = tagged.pop("BIC", None) or parts.get("30", "").strip()
    references = References(
        end_to_end_id=reference(tagged.pop("EREF", None)),
        instruction_id=reference(tagged.pop("KREF", None)),
        mandate_id=reference(tagged.pop("MREF", None)),
    )
    remittance = tagged.pop("SVWZ", None) or free
    ultimate = {word: Party(name=found) for word in ("ABWA", "ABWE") if (found := tagged.pop(word, None))}
    purpose_code = tagged.pop("PURP", None)
    creditor_id = tagged.get("CRED")
    extension = parts.get("34", "").strip()
    references.other = (*tagged.items(), *([("34", extension)] if extension else []))
    who = Party(name=name or None, account=account or None, bank=bank or None) if name or account or bank else None
    if who and creditor_id and amount < 0:
        who.identification = creditor_id
    detail = Detail(
        references,
        amount,
        debtor=who if amount > 0 else None,
        creditor=who if amount <= 0 else None,
        ultimate_debtor=ultimate.get("ABWA"),
        ultimate_creditor=ultimate.get("ABWE"),
        remittance=(remittance,) if remittance else (),
        purpose=purpose_code,
    )
    return Information(detail, begin[1], parts.get("00", "").strip() or None)


def _tagged(purpose):
    """Return the text before the first SEPA word, and the words with their texts."""
    found = list(_SEPA.finditer(purpose))
    if not found:
        return purpose.strip(), {}
    ends = [one.start() for one in found[1:]] + [len(purpose)]
    tagged = {}
    for one, end in zip(found, ends, strict=True):
        tagged.setdefault(one[1] or one[2], purpose[one.end() : end].strip())
    return purpose[: found[0].start()].strip(), tagged


def _slashes(text, amount):
    """Read /CODE/value/CODE/value, as Dutch and Swiss banks and SWIFT's usage guidelines have it."""
    values = {}
    position = 0
    while position < len(text):
        match = _SLASH.search(text, position)
        if not match:
            break
        # the slash that ends a value may be the one that begins the next code
        following = _SLASH.search(text, match.end() - 1)
        end = following.start() if following else len(text)
        code = match[1]
        values.setdefault(code, text[match.end() : end].strip().strip("/").strip() if end > match.end() else "")
        position = end if following else len(text)
    account, bank, name = values.get("IBAN"), values.get("BIC"), values.get("NAME")
    if values.get("CNTP"):
        slots = [slot.strip() or None for slot in values["CNTP"].split("/")] + [None] * 3
        account, bank, name = account or slots[0], bank or slots[1], name or slots[2]
    remittance = re.sub(r"^(?:USTD//|STRD/CUR/|STRD//)", "", values.get("REMI", ""))
    kept = {"EREF", "KREF", "PREF", "MARF", "REMI", "CNTP", "IBAN", "BIC", "NAME", "BENM", "ORDP", "PURP"}
    references = References(
        end_to_end_id=reference(values.get("EREF")),
        payment_information_id=reference(values.get("PREF")),
        instruction_id=reference(values.get("KREF")),
        mandate_id=reference(values.get("MARF")),
        other=tuple((code, value) for code, value in values.items() if code not in kept and value),
    )
    who = Party(name=name or None, account=account or None, bank=bank or None) if name or account or bank else None
    return Detail(
        references,
        amount,
        debtor=who if amount > 0 else None,
        creditor=who if amount <= 0 else None,
        remittance=(remittance,) if remittance else (),
        purpose=values.get("PURP") or None,
    )


def _joined(lines, width):
    """Join lines that were cut at ``width``: a full one goes on in the next, a shorter one ended there."""
    text = ""
    for line in lines:
        line = line.strip("\r\n")
        text += line if len(line) >= width or line.endswith(" ") else line + " "
    return text.strip()
