"""What behaves differently on Odoo 17.0 and 19.0 and has no common form, as far as only this addon needs it."""

from odoo.addons.audit_connector_base.compat import check_access

__all__ = ["check_access"]
