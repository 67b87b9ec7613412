"""Plain Python that imports nothing of Odoo; each module is imported by its own name."""
