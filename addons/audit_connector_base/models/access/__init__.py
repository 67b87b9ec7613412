from . import identity_check, odoo_settings, role_changes
