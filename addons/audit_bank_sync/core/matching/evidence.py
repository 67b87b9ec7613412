"""What speaks for an item besides the amount: the references of the line, its partner, its date, its currency.

Points add up to a score of 1: reference 0.50, amount 0.30, partner 0.12, date 0.04, currency 0.04. Only the strongest
reference counts.
"""

from . import items as keys
from . import reasons, references, words

END_TO_END = STRUCTURED = MANDATE = 0.50
BATCH = 0.48
NUMBER = PATTERN = 0.44
BARE, TAIL, MANDATE_ONLY, SIMILAR = 0.26, 0.20, 0.20, 0.12
NAMED = 0.26
"""Reference points from which a line names an item."""
STRONG = 0.40
"""Reference points without which nothing happens without a person."""
DATE, CURRENCY = 0.04, 0.04
_DIFFERS, _UNKNOWN, _BEFORE = -0.10, -0.10, -0.06
_CERTAIN = 0.95
_EARLIEST = 10
"""Days before its own date on which an item may be paid: advance invoices, dates corrected later."""
_HALF = 45
"""Days from due to booked by which the points of the date are halved."""
_LEAST_SIMILAR = 5


class Evidence:
    """What the references of one line say: ``named`` gives a ``Reason`` for each place of an item that it names."""

    def __init__(self, line, directory, items, learned):
        self.line, self._directory = line, directory
        self.partners = partners = directory.of_line(line)
        self.strengths = {found.partner_id: found.strength for found in partners}
        self.named, self.unknown, self.against_number = {}, None, None
        self.runs = words.runs(line.text)
        self._long_digits = [part for part in self.runs if part.isdigit() and len(part) >= _LEAST_SIMILAR - 1]
        self._items = items
        self._by_identifiers()
        self._by_structured()
        self._by_numbers()
        self._by_tails(learned)

    def reference(self, place):
        """Return the reason for which the line names the item at ``place``, ``None`` when it does not."""
        return self.named.get(place) or self._similar(place)

    def partner(self, partner_id):
        """Return the reason of the partner: for, against, or ``None`` when nothing is known."""
        for found in self.partners:
            if found.partner_id == partner_id:
                return found.reason
        if partner_id is None:
            return None
        if any(found.strength >= _CERTAIN for found in self.partners):
            return reasons.reason(reasons.PARTNER_DIFFERS, _DIFFERS)
        return self._directory.likeness(self.line, partner_id)

    def date(self, item):
        """Return the reason of the day: near to when the item falls due, and not before it existed."""
        early = (item.dated_on - self.line.booked_on).days
        if early > _EARLIEST:
            return reasons.reason(reasons.BEFORE_INVOICE, _BEFORE, days=early)
        days = (self.line.booked_on - item.due_on).days
        return reasons.reason(reasons.DATE, DATE * _HALF / (_HALF + abs(days)), days=days)

    def currency(self, item):
        """Return the reason of the currency, ``None`` when it had to be converted."""
        if item.currency == self.line.currency:
            return reasons.reason(reasons.CURRENCY_SAME, CURRENCY, currency=item.currency)
        return None

    def against(self, place):
        """Return what the references of the line say against the item at ``place``; ``None`` when nothing."""
        if self.unknown and place not in self.named:
            return reasons.reason(
                reasons.REFERENCE_UNKNOWN, _UNKNOWN, scheme=self.unknown.scheme, value=self.unknown.value
            )
        # A number with a slip is not a number of something else.
        return self.against_number if self.reference(place) is None else None

    def _add(self, places, code, points, /, **values):
        for place in places:
            if place not in self.named or self.named[place].points < points:
                self.named[place] = reasons.reason(code, points, **values)

    def _look_up(self, kind, value, code, points, /, **values):
        places = self._items.named(kind, value, self.line.amount)
        self._add(places, code, points, **values)
        return places

    def _by_identifiers(self):
        line = self.line
        for given in dict.fromkeys([line.end_to_end_id, *(detail.end_to_end_id for detail in line.details)]):
            value = words.identifier(given)
            if value:
                self._look_up(keys.END_TO_END, value, reasons.END_TO_END, END_TO_END, value=value)
                # Many payers put the number of the invoice there.
                self._number(words.runs(given))
        mandate, sequence = words.identifier(line.mandate_id), words.identifier(line.sequence)
        if mandate and sequence:
            found = {"mandate": mandate, "sequence": sequence}
            self._look_up(keys.MANDATE, (mandate, sequence), reasons.MANDATE, MANDATE, **found)
        if mandate:
            self._look_up(keys.MANDATE_ONLY, mandate, reasons.MANDATE_ONLY, MANDATE_ONLY, mandate=mandate)

    def _by_structured(self):
        line = self.line
        fields = [*line.references, *(value for detail in line.details for value in detail.references)]
        found = [structured for structured in map(references.recognised, fields) if structured]
        for text in (line.text, *(detail.text for detail in line.details)):
            found += references.found_in(text)
        for structured in dict.fromkeys(found):
            values = {"scheme": structured.scheme, "value": structured.value}
            self._look_up(keys.STRUCTURED, structured, reasons.STRUCTURED, STRUCTURED, **values)
        if not self.named:
            # Any number of twelve digits passes the check of an OGM once in 97 times: in a text, it may be none.
            in_fields = {structured for structured in map(references.recognised, fields) if structured}
            certain = [structured for structured in found if structured in in_fields or structured.scheme != "ogm"]
            self.unknown = certain[0] if certain else None
        for field in fields:
            if not references.recognised(field):
                self._number(words.runs(field))

    def _by_numbers(self):
        self._number(self.runs)
        for detail in self.line.details:
            self._number(words.runs(detail.text))

    def _number(self, parts):
        """Add the items whose number stands in a row of runs; what lies within a longer number does not count.

        Of the same row, a whole number outweighs one that lacks its letters.
        """
        hits = {}
        known = self._items.number_forms
        for form, start, end in words.numbers_within(parts):
            if form not in known:
                continue
            for kind in (keys.NUMBER, keys.BARE):
                places = self._items.named(kind, form, self.line.amount)
                if places:
                    hits.setdefault((start, end), {}).setdefault(kind, []).extend(places)
        for (start, end), found in hits.items():
            if any(other != (start, end) and other[0] <= start and end <= other[1] for other in hits):
                continue
            value = " ".join(parts[start:end])
            self._add(found.get(keys.NUMBER, ()), reasons.NUMBER, NUMBER, value=value)
            if not any(self._same_sign(place) for place in found.get(keys.NUMBER, ())):
                self._add(found.get(keys.BARE, ()), reasons.NUMBER_BARE, BARE, value=value)
        if not hits:
            self._unknown_number(parts)

    def _unknown_number(self, parts):
        """Remember a number in the shape of our own that no open item has: the payer means another document."""
        for letters, year, last in zip(parts, parts[1:], parts[2:]):
            if last.isdigit() and self._items.is_own_shape(letters, year):
                written = letters + year + last
                self.against_number = reasons.reason(reasons.NUMBER_UNKNOWN, _UNKNOWN, value=written)

    def _same_sign(self, place):
        return (self._items.items[place].amount > 0) == (self.line.amount > 0)

    def _by_tails(self, learned):
        for found in self.partners:
            taught = learned.words_of(found.partner_id)
            previous = ""
            for part in self.runs:
                if part.isdigit() and len(part.lstrip("0")) >= 2:
                    places = self._items.tail(found.partner_id, part.lstrip("0"), self.line.amount)
                    times = taught.get(previous, 0)
                    if times:
                        points = PATTERN * times / (times + 0.5)
                        values = {"word": previous, "value": part, "times": times}
                        self._add(places, reasons.PATTERN, points, **values)
                    elif len(part) >= 3:
                        self._add(places, reasons.NUMBER_TAIL, TAIL, value=part)
                previous = part

    def _similar(self, place):
        """A number of the line that is one sign apart from that of the item: weak, but better than nothing."""
        item = self._items.items[place]
        for number in (item.number, *item.references):
            tail = words.last_digits(number)
            if len(tail) < _LEAST_SIMILAR:
                continue
            for part in self._long_digits:
                if words.one_sign_apart(part, tail):
                    return reasons.reason(reasons.NUMBER_SIMILAR, SIMILAR, written=part, value=number)
        return None
