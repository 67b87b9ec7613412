"""How payers and banks write: names, numbers and texts with the noise of real statements.

Nothing here uses what the matching uses to read them; the check digits are made on their own.
"""

import string


def _words(text):
    return text.split()


_FIRST = _words("Anna Jan Sofie Lukas Marie Tom Emma Noah Lea Paul Ines Karl Eva Max Nora Felix Julie Hugo Clara Emil")
_FAMILY = _words(
    "Müller Schmidt Weber Peeters Janssens Dubois Lefèvre Rossi Bianchi Novák Kowalski Jensen Østergård Lindström"
    " Keller Brunner Gruber Huber Wagner Becker Schäfer Groß Moreau Fontaine"
    " De_Smet Van_Damme Ferrari Conti Svoboda Zieliński"
)
_SYLLABLES = _words(
    "ba ber bo dor el fen gar ha hin ka kel la lin ma mei na nor ö pe ra rei sa schu sten ta ü vo wal zi"
)
_TRADES = _words(
    "Bau Metall Holz Elektro Logistik Druck Papier Energie Solar Agrar Textil Medien Software Labor Optik Kälte Stahl"
    " Transport Catering Garten Reinigung Immobilien Consulting Systems Trading Foods Pharma Motors Marine Glass"
)
_FORMS = _words("GmbH AG KG SA SARL NV BV SpA SRL Ltd AB ApS s.r.o. GmbH_&_Co._KG")
_UMLAUTS = {"ü": "ue", "ö": "oe", "ä": "ae", "ß": "ss", "Ü": "UE", "Ö": "OE", "Ä": "AE"}
_PLACES = _words("Wien Basel Gent Lyon Bonn Graz Trier Brno Turku Malmö Aachen Zürich Liège Parma Ulm")
_BEFORE_NUMBER = (
    "Rechnung", "Rg.", "RE", "Inv.", "Invoice no", "Facture", "Fact", "Fattura", "RgNr", "", "", "Beleg", "F.",
)  # fmt: skip
_CHATTER = (
    "vielen Dank", "Zahlung", "Miete", "Lieferung KW {week}", "Kd.Nr. {number}", "Bestellung {number}", "PO {number}",
    "vom {day:02d}.{month:02d}.2026",
    "Ihre Lieferung vom {day:02d}.{month:02d}.", "Projekt {number}", "payment",
    "Avis {number}", "Kunde {short}", "order {short}", "Vertrag {number}/{short}", "SEPA credit transfer",
    "Tel. 0{number}",
)  # fmt: skip
_SERIES = (
    "RE-{n:06d}", "2026-{n:04d}", "{n:08d}", "A{n:04d}", "{n:d}/26", "R26{n:05d}", "FA {n:05d}", "{n:05d}",
    "2026/{month:02d}/{n:03d}",
 "{n:03d}", "SI-26-{n:04d}",
)  # fmt: skip


def iban(rng):
    """An account number in the shape of an IBAN."""
    return "DE%02d%018d" % (rng.randrange(2, 98), rng.randrange(10**18))


def family_name(rng):
    """A name of the list, which many share, or one of the many that few have."""
    if rng.random() < 0.4:
        return rng.choice(_FAMILY).replace("_", " ")
    return "".join(rng.choice(_SYLLABLES) for _ in range(rng.choice((2, 3)))).capitalize()


def company_name(rng):
    form = rng.choice(_FORMS).replace("_", " ")
    family, trade = family_name(rng), rng.choice(_TRADES)
    shape = rng.randrange(5)
    if shape == 0:
        return f"{rng.choice(_FIRST)} {family}"
    if shape == 1:
        return f"{family} {trade} {form}"
    if shape == 2:
        return f"{family} & {family_name(rng)} {form}"
    if shape == 3:
        return f"{trade} {rng.choice(_PLACES)} {form}"
    letters = "".join(rng.choice(string.ascii_uppercase) for _ in range(3))
    return f"{letters} {trade}{rng.choice(('', ' ' + rng.choice(_PLACES)))} {form}"


def name_on_statement(rng, name):
    """A name as the payer or its bank writes it."""
    chance = rng.random()
    if chance < 0.15:
        name = " ".join(word for word in name.split() if word.replace("_", " ") not in _FORMS and word not in "&Co.KG")
    elif chance < 0.25:
        name = " ".join(reversed(name.split(" ", 1)))
    elif chance < 0.32 and len(name) > 8:
        place = rng.randrange(2, len(name) - 2)
        name = name[:place] + name[place + 1 :]
    elif chance < 0.36:
        name = f"{name} {rng.choice(_PLACES)} Filiale {rng.randrange(1, 40)}"
    if rng.random() < 0.5:
        name = name.upper()
    if rng.random() < 0.5:
        for letter in _UMLAUTS:
            name = name.replace(letter, _UMLAUTS[letter])
    elif rng.random() < 0.3:
        name = name.encode("ascii", "ignore").decode()
    return name[: rng.choice((27, 35, 70, 70))].strip()


def series(rng):
    """How one supplier numbers its invoices."""
    return rng.choice(_SERIES)


def mangled(rng, number):
    """A document number as people copy it: other separators, no leading zeros, no letters."""
    for _ in range(rng.randrange(1, 3)):
        how = rng.randrange(5)
        if how == 0:
            number = number.replace("/", rng.choice((" ", "-", "", ".")))
        elif how == 1:
            number = "/".join(part.lstrip("0") or "0" for part in number.split("/"))
        elif how == 2:
            number = number.lower()
        elif how == 3:
            number = number.split("/", 1)[-1]
        else:
            number = number.replace("-", rng.choice((" ", "", "/")))
    return number


def mistyped(rng, number):
    """A number with one wrong, lost or exchanged digit among its last ones."""
    places = [place for place, sign in enumerate(number) if sign.isdigit()][-5:]
    place = rng.choice(places)
    how = rng.randrange(3)
    if how == 0:
        return number[:place] + str((int(number[place]) + rng.randrange(1, 10)) % 10) + number[place + 1 :]
    if how == 1:
        return number[:place] + number[place + 1 :]
    return number[: place - 1] + number[place] + number[place - 1] + number[place + 1 :] if place else number


def text(rng, *numbers):
    """A remittance text with what the payer meant to say and more."""
    parts = [f"{rng.choice(_BEFORE_NUMBER)} {number}".strip() for number in numbers]
    while rng.random() < 0.45:
        said = rng.choice(_CHATTER).format(
            week=rng.randrange(1, 53), number=rng.randrange(10**4, 10**8), short=rng.randrange(100, 10**4),
            day=rng.randrange(1, 29), month=rng.randrange(1, 13),
        )  # fmt: skip
        parts.insert(rng.randrange(len(parts) + 1), said)
    said = rng.choice((" ", " ", ", ", "; ")).join(parts)
    if rng.random() < 0.03:
        # Some banks break the text into lines, in the middle of whatever stands there.
        said = " ".join(said[start : start + 27] for start in range(0, len(said), 27))
    return said.upper() if rng.random() < 0.3 else said


def rf_reference(rng):
    body = str(rng.randrange(10**8, 10**12))
    return "RF%02d%s" % (98 - int(body + "271500") % 97, body)


def ogm_reference(rng):
    body = rng.randrange(10**9, 10**10)
    return "%010d%02d" % (body, body % 97 or 97)


def qrr_reference(rng):
    body = "%026d" % rng.randrange(10**20)
    carry = 0
    for digit in body:
        carry = int("0946827135"[(carry + int(digit)) % 10])
    return body + str((10 - carry) % 10)


def printed(rng, reference):
    """A structured reference in one of the spellings that are in use."""
    if len(reference) == 12:
        return rng.choice((reference, f"+++{reference[:3]}/{reference[3:7]}/{reference[7:]}+++"))
    if rng.random() < 0.4:
        return " ".join(reference[start : start + 4] for start in range(0, len(reference), 4))
    return reference
