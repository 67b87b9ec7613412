"""What behaves differently on Odoo 17.0 and 19.0 and has no common form, as far as only this addon needs it."""

from odoo.addons.audit_connector_base.compat import SERIES, check_access

__all__ = ["SERIES", "check_access", "is_reviewed", "reviewed", "sent_field_of_payments"]


def is_reviewed(move):
    """Whether nobody asked for another look at an entry: ``to_check`` on 17.0, ``checked`` on 19.0."""
    return move.checked if SERIES >= 19 else not move.to_check


def reviewed():
    """The values by which an entry counts as looked at."""
    return {"checked": True} if SERIES >= 19 else {"to_check": False}


def sent_field_of_payments():
    """Name of the field by which people mark a payment as sent; on 17.0 it is one of its journal entry."""
    return "is_sent" if SERIES >= 19 else "is_move_sent"
