"""Checks of the sources that need neither Odoo nor a database."""
