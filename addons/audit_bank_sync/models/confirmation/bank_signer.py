from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.audit_connector_base.core import tls
from odoo.addons.audit_connector_base.models.abstract.reauthentication import asks_identity

from ...core import signer_trust


class AuditBankSigner(models.Model):
    """A certificate by which documents of a bank are recognised: the bank's own, or that of whoever issues them.

    A signature says who made it only to whoever knows the certificate from elsewhere. An administrator enters it, from
    where the bank publishes it, and an approver who compared it recognises it with the password. Then it stays as it
    is; archiving it ends the trust for what is received from then on.
    """

    _name = "audit.bank.signer"
    _inherit = ["audit.company.bound", "audit.two.persons", "audit.configuration"]
    _description = "Signature of a Bank"
    _order = "bank_id, id"
    _prepared_fields = ("bank_id", "organization", "certificate")

    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    bank_id = fields.Many2one("res.bank", string="Bank", required=True, index=True, ondelete="restrict")
    organization = fields.Char(
        string="Organization in Its Certificates",
        required=True,
        help="The name under O in the certificate that the bank signs with. An issuer certifies many others as well.",
    )
    certificate = fields.Text(
        required=True,
        help="As text that begins with BEGIN CERTIFICATE, from where the bank publishes it: its own, or that of the "
        "authority that issues its certificates.",
    )
    certificate_words = fields.Text(string="What It Is", compute="_compute_certificate_words")
    state = fields.Selection(
        [("draft", "Waits for Approval"), ("recognised", "Recognised")], string="Status", compute="_compute_state"
    )

    @api.depends("bank_id.name", "organization")
    def _compute_display_name(self):
        for one in self:
            one.display_name = ": ".join(filter(None, (one.bank_id.name, one.organization))) or _("New")

    @api.depends("approved_by_id")
    def _compute_state(self):
        for one in self:
            one.state = "recognised" if one.approved_by_id else "draft"

    @api.depends("certificate")
    def _compute_certificate_words(self):
        for one in self:
            try:
                found = tls.read_certificates(one.certificate or "")
            except ValueError:
                found = []
            named = zip(found, signer_trust.fingerprints(one.certificate or ""))
            one.certificate_words = "\n".join(one._in_words(*pair) for pair in named)

    def _in_words(self, certificate, fingerprint):
        return _(
            "%(name)s, from %(begin)s until %(end)s, SHA-256 %(hash)s",
            name=certificate.name,
            begin=certificate.valid_from.date(),
            end=certificate.valid_until.date(),
            hash=fingerprint,
        )

    @api.constrains("certificate")
    def _check_certificate(self):
        for one in self:
            try:
                tls.read_certificates(one.certificate)
            except ValueError as error:
                raise ValidationError(_("That is no certificate: %s", error)) from error

    @api.model_create_multi
    def create(self, vals_list):
        made = super().create(vals_list)
        made._call_approvers(_("Recognise the signature of a bank"))
        return made

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        if any(one.approved_by_id for one in self):
            raise UserError(_("What was recognised is kept, as documents were received by it. Archive it instead."))

    @asks_identity("approve", before="_check_may_approve")
    def action_approve(self):
        """Recognise it, after comparing it with what the bank publishes."""
        if any(one.approved_by_id for one in self):
            raise UserError(_("It is recognised already."))
        self.write({"approved_by_id": self.env.uid})
        self._let_approvers_go()
        return True

    def _identity_content(self, action):
        """With what the certificate is, to compare it with what the bank publishes. Sudo: for whoever may approve."""
        content, label = super()._identity_content(action), _("What It Is")
        return content + [(label, one.certificate_words) for one in self.sudo()]

    @api.model
    def _who_signed(self, signature, company, bank):
        """Return the recognised record by which a signature is that of the bank, empty where it is by none.

        Sudo: whoever hands a document in need not see the settings.
        """
        if not signature or not signature.valid:
            return self.browse()
        recognised = self.sudo().search(
            [("company_id", "=", company.id), ("bank_id", "=", bank.id), ("approved_by_id", "!=", False)]
        )
        return recognised.filtered(lambda one: signer_trust.is_of(signature, one.organization, one.certificate))[:1]
