from . import identity_check, odoo_settings, role_changes, role_conflict, role_exception, role_holder
