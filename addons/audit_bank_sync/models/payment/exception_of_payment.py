from markupsafe import escape

from odoo import _, api, fields, models

KINDS = [
    ("payment_rejected", "Payment Rejected"),
    ("payment_returned", "Payment Returned"),
    ("payment_unclear", "Payment Not Clear"),
]
ROLE = "audit_connector_base.group_audit_user"


class AuditException(models.Model):
    """What the bank says of payments and a person has to decide."""

    _inherit = "audit.exception"

    kind = fields.Selection(
        selection_add=KINDS,
        ondelete={kind: lambda records: records.write({"kind": "verdict"}) for kind, _label in KINDS},
    )

    @api.model
    def _raise_bad_payment(self, status):
        """Put a rejected or returned payment before a person: why, and who has to act."""
        payment = status.payment_id.sudo()
        values = {"payment": payment.display_name, "partner": payment.partner_id.display_name or _("nobody")}
        if status.state == "rejected":
            kind, title = "payment_rejected", _("The bank rejects %(payment)s to %(partner)s", **values)
        else:
            kind, title = "payment_returned", _("%(payment)s of %(partner)s came back", **values)
        said = [status.words or "", *status._acts_in_words(status.actor, status.reason_class)]
        if status.charges:
            said.append(_("Charges of the bank: %s.", status.charges))
        if status.state == "returned" and not status.statement_line_id:
            said.append(_("What it paid is open again as soon as the bank line of the return is posted."))
        if payment.audit_on_hold:
            said.append(_("The payment is on hold."))
        high = status.reason_class in ("suspicion", "fix_data") or status.state == "returned"
        return self._raise_of_bank(
            payment.company_id,
            kind,
            title,
            "\n".join(said),
            record=payment,
            severity="2" if high else "1",
            owner=payment.create_uid,
        )

    @api.model
    def _raise_unclear_payment(self, company, title, explanation, key):
        """Put before a person what a bank said and no payment fits, once for each ``key``."""
        known = [("kind", "=", "payment_unclear"), ("company_id", "=", company.id), ("outside_id", "=", key)]
        found = self.sudo().search(known, limit=1)
        return found or self._raise_of_bank(company, "payment_unclear", title, explanation, outside_id=key)

    @api.model
    def _raise_of_bank(self, company, kind, title, explanation, record=None, owner=None, **values):
        """Sudo: nobody holds the right to raise exceptions. One about the same payment and kind gives way to this."""
        if record:
            self._waiting_of_bank(record, [kind])._close("superseded")
        owner = owner if owner and owner.active and owner.has_group(ROLE) else None
        exception = self.sudo().create(
            {
                "title": title,
                "kind": kind,
                "explanation": explanation,
                "company_id": company.id,
                "res_model": record._name if record else False,
                "res_id": record.id if record else False,
                "user_id": owner.id if owner else False,
                **values,
            }
        )
        exception._log("exception.raised", actor="system/bank")
        if owner:
            exception.activity_schedule(
                "mail.mail_activity_data_todo", summary=title, note=escape(explanation), user_id=owner.id
            )
        return exception

    @api.model
    def _end_bad_payment(self, payment):
        """What was rejected and goes on after all needs nobody any more."""
        self._waiting_of_bank(payment, ["payment_rejected", "payment_returned"])._close("superseded")

    @api.model
    def _waiting_of_bank(self, record, kinds):
        return self.sudo().search(
            [
                ("kind", "in", kinds),
                ("res_model", "=", record._name),
                ("res_id", "=", record.id),
                ("state", "in", ("open", "proposed")),
            ]
        )
