"""The open items by the keys under which a bank line may find them.

A key that brings more items than ``Settings.block_most`` tells nothing by itself, and a hundred thousand lines would
look at all of them: such a block is refined by the amount of the line, once for all, and left out when that does not
make it small. The items of one partner lie sorted by amount, so that a range of amounts is a slice of them.
"""

from bisect import bisect_left, bisect_right

from . import references, words

END_TO_END, STRUCTURED, MANDATE, MANDATE_ONLY = "end_to_end", "structured", "mandate", "mandate_only"
BATCH, NUMBER, BARE, TAIL = "batch", "number", "bare", "tail"


class OpenItems:
    """All open items of a run. Positions in ``items`` stand for them everywhere inside the matching."""

    def __init__(self, items, settings):
        self.items = list(items)
        self._most = settings.block_most
        self._blocks, self._refined = {}, {}
        self._amounts, self._of_partner, self._due, self._shapes = {}, {}, {}, set()
        self.number_forms = set()
        """Every form under which a number or other reference stands: most that a text has is none of them."""
        for place, item in enumerate(self.items):
            for key in dict.fromkeys(_keys(item)):
                self._blocks.setdefault(key, []).append(place)
                if key[0] in (NUMBER, BARE):
                    self.number_forms.add(key[1])
            parts = words.runs(item.number)
            if len(parts) == 3 and not parts[0].isdigit() and parts[1].isdigit() and parts[2].isdigit():
                self._shapes.add((parts[0], parts[1]))
            for amount in payable(item):
                self._amounts.setdefault((item.currency, amount), []).append(place)
                if item.partner_id is not None:
                    entries = self._of_partner.setdefault((item.partner_id, item.currency), [])
                    entries.append((amount, place))
            if item.partner_id is not None:
                self._due.setdefault((item.partner_id, item.currency), []).append((item.due_on, place))
        for entries in [*self._of_partner.values(), *self._due.values()]:
            entries.sort()

    def named(self, kind, value, amount):
        """Return the places of the items under a key: at most ``block_most``, those of this ``amount`` where more."""
        key = (kind, value)
        block = self._blocks.get(key, ())
        if len(block) <= self._most:
            return block
        if key not in self._refined:
            by_amount = self._refined[key] = {}
            for place in block:
                for payable_amount in payable(self.items[place]):
                    by_amount.setdefault(payable_amount, []).append(place)
        refined = self._refined[key].get(amount, ())
        return refined if len(refined) <= self._most else ()

    def is_own_shape(self, letters, year):
        """Whether our own documents are numbered with these letters and these digits in front."""
        return (letters, year) in self._shapes

    def batch(self, reference, amount):
        """Return the places of all items that were handed to the bank under one reference, when they make ``amount``.

        Not capped: what is compared is one sum, which is made once.
        """
        key = (BATCH, words.identifier(reference))
        block = self._blocks.get(key, ()) if key[1] else ()
        if block and key not in self._refined:
            self._refined[key] = sum(self.items[place].amount for place in block)
        return block if block and self._refined[key] == amount else ()

    def tail(self, partner_id, digits, amount):
        """Return the places of the items of a partner whose number ends with ``digits``."""
        return self.named(TAIL, (partner_id, digits), amount)

    def of_amount(self, currency, amount):
        """Return the places of all items that could be paid with exactly this amount; none when they are many."""
        block = self._amounts.get((currency, amount), ())
        return block if len(block) <= self._most else ()

    def of_partner(self, partner_id, currency, least, most):
        """Return at most ``block_most`` places of items of a partner, payable with an amount from least to most."""
        entries = self._of_partner.get((partner_id, currency), ())
        start, end = bisect_left(entries, (least,)), bisect_right(entries, (most, len(self.items)))
        return [place for _amount, place in entries[start : min(end, start + self._most)]]

    def exactly(self, partner_id, currency, amount, day):
        """Return the items of a partner payable with exactly this amount, those due nearest to ``day`` first."""
        entries = self._of_partner.get((partner_id, currency), ())
        start, end = bisect_left(entries, (amount,)), bisect_right(entries, (amount, len(self.items)))
        if end - start <= self._most:
            return [place for _amount, place in entries[start:end]]
        key = ("due", partner_id, currency, amount)
        if key not in self._refined:
            self._refined[key] = sorted((self.items[place].due_on, place) for _amount, place in entries[start:end])
        return _nearest(self._refined[key], day, self._most)

    def due_near(self, partner_id, currency, day, most):
        """Return at most ``most`` places of items of a partner around ``day``, in the order in which they fall due."""
        entries = self._due.get((partner_id, currency), ())
        return _nearest(entries, day, most)

    def currencies_of(self, partner_id):
        """Return the currencies in which a partner has open items, out of those that are in use."""
        return [currency for currency in self.currencies if (partner_id, currency) in self._due]

    @property
    def currencies(self):
        """The currencies of all items."""
        if "currencies" not in self._refined:
            self._refined["currencies"] = sorted({item.currency for item in self.items})
        return self._refined["currencies"]


def payable(item):
    """Return the amounts with which an item can be paid in full, discounts ignoring their day."""
    return tuple(dict.fromkeys((item.amount, *(item.amount - discount.amount for discount in item.discounts))))


def _nearest(entries, day, most):
    """The places of ``(day, place)`` entries around a day, at most ``most``, in their order."""
    middle = bisect_left(entries, (day,))
    start = max(0, min(middle - most * 2 // 3, len(entries) - most))
    return [place for _day, place in entries[start : start + most]]


def _keys(item):
    end_to_end, mandate = words.identifier(item.end_to_end_id), words.identifier(item.mandate_id)
    if end_to_end:
        yield END_TO_END, end_to_end
    if mandate:
        yield MANDATE_ONLY, mandate
        if item.sequence:
            yield MANDATE, (mandate, words.identifier(item.sequence))
    if item.batch_reference:
        yield BATCH, words.identifier(item.batch_reference)
    for text in (item.number, *item.references):
        structured = references.recognised(text)
        if structured:
            yield STRUCTURED, structured
            continue
        whole, bare = words.number_forms(text)
        for form in whole:
            yield NUMBER, form
        for form in bare:
            yield BARE, form
        tail = words.number_tail(text)
        if tail and item.partner_id is not None:
            yield TAIL, (item.partner_id, tail)
