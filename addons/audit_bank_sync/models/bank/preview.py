from markupsafe import Markup

from odoo import _, api, models

from ...core.bank_files.identity import counterparty

SHOWN = 8  # entries
MOST_SENTENCES = 12
LONGEST = 80  # characters of a purpose
ROW = Markup("<tr><td>%s</td><td>%s</td><td>%s</td><td class='text-end text-nowrap'>%s %s</td></tr>")
HEAD = Markup("<tr><th>%s</th><th>%s</th><th>%s</th><th class='text-end'>%s</th></tr>")


class AuditBankPreview(models.AbstractModel):
    """What is in a bank file, as a piece of a page, before anything of it is kept."""

    _name = "audit.bank.preview"
    _description = "Preview of a Bank File"

    @api.model
    def _entries_shown(self, found):
        """Return the first of the ``Entry`` list as a table, False for none."""
        if not found:
            return False
        rows = Markup("").join(
            ROW % (one.date or "", _name(one), _purpose(one), one.amount, one.currency) for one in found[:SHOWN]
        )
        head = HEAD % (_("Date"), _("Other Party"), _("Purpose"), _("Amount"))
        more = len(found) - SHOWN
        rest = Markup("<p class='text-muted'>%s</p>") % _("… and %s more", more) if more > 0 else ""
        return Markup("<table class='table table-sm'><thead>%s</thead><tbody>%s</tbody></table>%s") % (head, rows, rest)

    @api.model
    def _sentences_shown(self, said):
        """Return sentences as a list, False for none."""
        said = list(said)
        if not said:
            return False
        more = len(said) - MOST_SENTENCES
        rows = Markup("").join(Markup("<li>%s</li>") % one for one in said[:MOST_SENTENCES])
        rest = Markup("<li>%s</li>") % _("and %s more", more) if more > 0 else ""
        return Markup("<ul class='mb-0 ps-3'>%s%s</ul>") % (rows, rest)


def _name(entry):
    other = counterparty(entry)
    return (other and other.name) or ""


def _purpose(entry):
    text = " ".join(line for detail in entry.details for line in detail.remittance) or entry.information or ""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
