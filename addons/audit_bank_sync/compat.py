"""What behaves differently on Odoo 17.0 and 19.0 and only this addon asks for; see the compat of the base."""

from odoo.addons.audit_connector_base.compat import SERIES


def sent_field_of_payments():
    """Name of the field by which people mark a payment as sent; on 17.0 it is one of its journal entry."""
    return "is_sent" if SERIES >= 19 else "is_move_sent"
