"""What is said of the same thing again and again, said once for a batch of documents.

A page of invoices refers to a handful of taxes, accounts, products and currencies, many hundred times. Asking the
records for their fields each time takes longer than all the rest of the message.
"""

from odoo.tools import float_repr, float_round

from . import words


class Once:
    """The memory of one batch. What it returns is shared by its documents, and changed by nobody."""

    def __init__(self):
        self._said = {}
        self._currencies = {}
        self._taxes = {}

    def say(self, function, record):
        """Return what ``function`` says of ``record`` (one or none), asked once for each."""
        key = function, record._name, record.id
        try:
            return self._said[key]
        except KeyError:
            said = self._said[key] = function(record)
            return said

    def amount(self, value, currency):
        """See ``words.amount``."""
        try:
            rounding, places = self._currencies[currency.id]
        except KeyError:
            rounding, places = self._currencies[currency.id] = currency.rounding, currency.decimal_places
        rounded = float_round(value, precision_rounding=rounding)
        written = float_repr(rounded, places)
        return written if rounded else written.removeprefix("-")

    def taxes(self, taxes):
        """The taxes that ``taxes`` come to, those within others included, as a list of records."""
        try:
            return self._taxes[taxes._ids]
        except KeyError:
            flat = self._taxes[taxes._ids] = list(taxes.flatten_taxes_hierarchy())
            return flat

    def names_of_taxes(self, taxes):
        """What is said of the taxes that ``taxes`` come to."""
        return [self.say(words.tax, tax) for tax in self.taxes(taxes)]
