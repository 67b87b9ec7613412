"""Amounts at the border of the matching, and the rates between currencies.

Inside, an amount is a whole number of the smallest unit (ISO 4217, "minor unit"), so nothing is ever rounded by chance.
"""

from bisect import bisect_right
from decimal import ROUND_HALF_UP, Decimal, localcontext

# ISO 4217, list one: currencies whose minor unit is not a hundredth.
_BY_DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_DIGITS = {currency: places for places, listed in _BY_DIGITS.items() for currency in listed.split()}
_PRECISION = 60


class InexactAmount(ValueError):
    """An amount has more decimal places than its currency: it cannot be told to the smallest unit."""


def digits(currency):
    """Return the number of decimal places of an ISO 4217 currency code; 2 for one that is not listed."""
    return _DIGITS.get(currency, 2)


def to_minor(amount, currency):
    """Return a ``Decimal`` (or its text) as a whole number of smallest units.

    Raises ``InexactAmount`` when that would need rounding, ``TypeError`` for a float: it has already been rounded.
    """
    if isinstance(amount, float):
        raise TypeError("an amount comes as Decimal or text, not as float")
    with localcontext() as context:
        context.prec = _PRECISION
        scaled = Decimal(amount).scaleb(digits(currency))
        if not scaled.is_finite() or scaled != scaled.to_integral_value():
            raise InexactAmount(f"{amount} {currency}")
        return int(scaled)


def from_minor(amount, currency):
    """Return a whole number of smallest units as a ``Decimal`` with the places of the currency."""
    with localcontext() as context:
        context.prec = _PRECISION
        return Decimal(amount).scaleb(-digits(currency))


class Rates:
    """Rates by day: how many units of ``target`` one unit of ``source`` was worth from a day on.

    ``quotes``: iterable of ``(source, target, day, rate)`` with ``rate`` a ``Decimal`` or its text. The way back is
    computed where only one direction is quoted.
    """

    def __init__(self, quotes=()):
        self._quotes = {}
        for source, target, day, rate in sorted((s, t, d, Decimal(r)) for s, t, d, r in quotes):
            if rate <= 0:
                raise ValueError(f"a rate is above zero: {source}/{target} {day} {rate}")
            self._quotes.setdefault((source, target), []).append((day, rate))

    def convert(self, amount, source, target, day):
        """Return ``amount`` of ``source`` in ``target`` by the last rate up to ``day``; ``None`` when there is none."""
        if source == target:
            return amount
        rate = self._rate(source, target, day)
        if rate is None:
            back = self._rate(target, source, day)
            if back is None:
                return None
            rate = 1 / back
        exact = Decimal(amount) * rate * Decimal(10) ** (digits(target) - digits(source))
        return int(exact.to_integral_value(ROUND_HALF_UP))

    def _rate(self, source, target, day):
        quotes = self._quotes.get((source, target), ())
        place = bisect_right(quotes, day, key=lambda quote: quote[0])
        return quotes[place - 1][1] if place else None
