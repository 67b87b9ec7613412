"""What behaves differently on Odoo 17.0 and 19.0, as far as only this addon needs it."""

from odoo.addons.audit_connector_base.compat import SERIES, check_access

__all__ = ["SERIES", "check_access"]
