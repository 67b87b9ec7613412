"""Amounts of Odoo as whole smallest units, as the matching counts, and back."""

from ...core.matching.currencies import digits


def minor(amount, currency):
    """Return an amount of Odoo (a float) as a whole number of smallest units of an ISO currency code.

    Odoo rounds what it stores to its currency, so nothing is lost but the noise of the float.
    """
    return round(float(amount or 0.0) * 10 ** digits(currency))


def major(amount, currency):
    """Return a whole number of smallest units as Odoo holds amounts."""
    return amount / 10 ** digits(currency)
