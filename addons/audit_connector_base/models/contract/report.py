from markupsafe import Markup

from odoo import _, api, fields, models

from ...core.compatibility import BREAKS, OK
from .contract import SENT

MAX_ROWS = 200
TABLE = Markup(
    "<table class='table table-sm o_audit_contract_report'><thead><tr>%s</tr></thead><tbody>%s</tbody></table>"
)


class AuditContractVersion(models.Model):
    """The report on what a version changes, and for whom, as tables that people read."""

    _inherit = "audit.contract.version"

    verdict = fields.Char(compute="_compute_report_html")
    report_html = fields.Html(string="Changes", compute="_compute_report_html", sanitize_overridable=False)
    consumers_html = fields.Html(
        string="Who Is Affected", compute="_compute_consumers_html", sanitize_overridable=False
    )

    def _compute_report_html(self):
        for version in self:
            version.verdict = version._verdict()
            changes = (version.report or {}).get("changes", ())
            rows = [
                Markup("<tr><td class='font-monospace'>%s</td><td>%s</td>%s%s</tr>")
                % (one["path"], one["text"], version._effect(one["backward"]), version._effect(one["forward"]))
                for one in changes[:MAX_ROWS]
            ]
            if len(changes) > MAX_ROWS:
                rows.append(
                    Markup("<tr><td colspan='4'>%s</td></tr>") % _("and %s more changes", len(changes) - MAX_ROWS)
                )
            heads = (
                _("Field"),
                _("What Changes"),
                _("Who still sends the earlier version"),
                _("Who still checks by the earlier version"),
            )
            version.report_html = TABLE % (_heads(heads), Markup().join(rows)) if rows else False

    def _verdict(self):
        """What the report comes to, in a sentence."""
        earlier = self.previous_id.name
        if self.problem or not self.compatibility:
            return False
        return {
            "first": _("The first version; there is nothing to compare it with."),
            "full": _("Nothing changes for those who use %s.", earlier),
            "backward": _(
                "Messages by %s are still taken. Those who check by it may refuse messages of the new version.", earlier
            ),
            "forward": _(
                "Those who check by %s take the new messages. Messages that are still sent by it may be refused.",
                earlier,
            ),
            "none": _("Those who use %s have to adapt, whether they send or receive.", earlier),
            "unknown": _("Whether those who use %s have to adapt cannot be judged; read the changes.", earlier),
        }[self.compatibility]

    def _compute_consumers_html(self):
        for version in self:
            consumers = version.contract_id._consumers() if version.contract_id else []
            shown, hidden = version.contract_id._shown_consumers(consumers)
            users = version._users()
            rows = [
                Markup("<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>")
                % (one.kind, one.name, version._version_of(one), version._effect_on(one, one in users))
                for one in shown[:MAX_ROWS]
            ]
            further = hidden + max(len(shown) - MAX_ROWS, 0)
            if further:
                rows.append(
                    Markup("<tr><td colspan='4'>%s</td></tr>") % _("and %s more, also of other companies", further)
                )
            heads = (_("Kind"), _("Name"), _("Uses"), _("What This Version Means for It"))
            version.consumers_html = TABLE % (_heads(heads), Markup().join(rows)) if rows else False

    def _effect_on(self, consumer, uses_it):
        """What this version means for one ``Consumer``, in a sentence."""
        if self.state == "deprecated" and uses_it:
            return _("Has to move on before %s.", self.sunset_date)
        if self.state == "retired":
            return _("Does not use it any more.") if consumer.major == self.major else _("Not concerned.")
        if consumer.major != self.major:
            if consumer.major > self.major:
                return _("Not concerned: uses a newer version.")
            if consumer.record._name == "audit.api.client":
                return _("Gets it once Odoo makes it, unless it asks for another: contract=%s.", consumer.major)
            return _("Stays with its version until it is moved.")
        if consumer.minor is not None:
            return _("Not concerned: stays with its fixed version.")
        if self.state == "approved":
            return _("Uses it.") if uses_it else _("Uses a newer version.")
        effect = (self.report or {}).get("forward" if consumer.direction == SENT else "backward", OK)
        if effect == OK:
            return _("Gets it once it is approved, and need not do anything.")
        if effect == BREAKS:
            return (
                _("May refuse the new messages.")
                if consumer.direction == SENT
                else _("May send what is refused from then on.")
            )
        return _("Cannot be judged; ask before it is approved.")

    @api.model
    def _effect(self, effect):
        if effect == OK:
            return Markup("<td class='text-success'>%s</td>") % _("not affected")
        if effect == BREAKS:
            return Markup("<td class='text-danger'>%s</td>") % _("affected")
        return Markup("<td class='text-warning'>%s</td>") % _("cannot be judged")

    @api.model
    def _version_of(self, consumer):
        if consumer.minor is None:
            return _("%s, newest", consumer.major)
        return "%d.%d" % (consumer.major, consumer.minor)


def _heads(texts):
    return Markup().join(Markup("<th>%s</th>") % text for text in texts)
