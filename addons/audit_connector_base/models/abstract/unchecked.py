from odoo import fields


class UncheckedMany2one(fields.Many2one):
    """A ``Many2one`` without a foreign key, for rows that are written by the thousand.

    PostgreSQL checks a foreign key by a look-up of its own for every row. The statement that writes the rows reads the
    record they point to and locks it against being deleted; whoever deletes one has to look for rows first.
    """

    def update_db_foreign_key(self, model, column):
        return None
