from odoo import models

FORMULA = ("=", "+", "-", "@", "\t", "\r")


class AuditTextExport(models.AbstractModel):
    """Records that may hold texts of others, and are exported to spreadsheets, which take some texts for formulas."""

    _name = "audit.text.export"
    _description = "Records Exported as Texts"

    def export_data(self, fields_to_export):
        """Texts that a spreadsheet would compute or run get an apostrophe in front; numbers stay numbers."""
        exported = super().export_data(fields_to_export)
        exported["datas"] = [[_as_text(value) for value in row] for row in exported["datas"]]
        return exported


def _as_text(value):
    return "'" + value if isinstance(value, str) and value.startswith(FORMULA) else value
