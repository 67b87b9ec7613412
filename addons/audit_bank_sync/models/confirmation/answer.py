import hashlib

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.audit_connector_base.core.file_names import safe_name

from ...compat import check_access
from ...core.answer_file import LARGEST, Refused, kind_of
from ...core.pdf_signature import signature_of

# How an answer came, and the assurance that follows from it. Nobody chooses the class.
ASSURANCE = {"auditor": "A", "bank_api": "B", "bank_document": "B", "company": "C"}
# Only a signature by a certificate that was recognised as the bank's counts as one: anybody can make another. The bank
# answers for a document that it signed; what was fetched shows no more than what the connection gave us.
RANKS = {("A", "signature"): 10, ("A", "hash"): 11, ("B", "signature"): 20, ("B", "api"): 21, ("B", "hash"): 22}

TAKES = ("sent", "answered", "compared")  # states of a confirmation in which it takes an answer


class AuditBankAnswer(models.Model):
    """A document that answers a confirmation, kept as it was received.

    Its assurance class follows from the way it came, and neither class nor way can be written afterwards:

    - A: the auditor uploaded it in the portal under their own login, within the time of their access;
    - B: a document of the bank that came through the company, unaltered since receipt: signed by a certificate that
      people recognised as the bank's (``audit.bank.signer``), fetched through the bank's interface, or handed in as a
      file whose hash was taken then and there (in this order);
    - C: made by the company.

    Where the file lies, and that it stays as it was: see ``audit.kept.file``.
    """

    _name = "audit.bank.answer"
    _inherit = "audit.kept.file"
    _description = "Answer to a Bank Confirmation"
    _order = "rank, id"

    confirmation_id = fields.Many2one(
        "audit.bank.confirmation", required=True, readonly=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(related="confirmation_id.company_id", store=True, index=True, precompute=True)
    channel = fields.Selection(
        [
            ("auditor", "Uploaded by the auditor"),
            ("bank_api", "Fetched from the bank"),
            ("bank_document", "Document of the bank, through the company"),
            ("company", "Made by the company"),
        ],
        string="How It Came",
        required=True,
        readonly=True,
    )
    assurance = fields.Selection(
        [("A", "A: directly to the auditor"), ("B", "B: through the company"), ("C", "C: made by the company")],
        required=True,
        readonly=True,
        index=True,
    )
    proof = fields.Selection(
        [
            ("signature", "Signed by the bank"),
            ("api", "Fetched over the bank's interface"),
            ("hash", "Hash taken at receipt"),
        ],
        string="Unaltered By",
        readonly=True,
    )
    proof_note = fields.Char(string="About the Proof", readonly=True)
    rank = fields.Integer(readonly=True, help="The smaller, the more an auditor relies on it.")
    media_type = fields.Char(required=True)
    received_at = fields.Datetime(string="Received On", required=True, readonly=True, default=fields.Datetime.now)
    received_by_id = fields.Many2one("res.users", string="Handed In By", readonly=True, ondelete="restrict")
    note = fields.Char(readonly=True, help="How the company came by it, in its own words.")
    file_ids = fields.One2many(
        "audit.bank.answer.file", "answer_id", "Stored As", readonly=True, groups=fields.NO_ACCESS
    )

    _sql_constraints = [
        (
            "class_follows_from_the_way",
            "CHECK (assurance = CASE channel WHEN 'auditor' THEN 'A' WHEN 'company' THEN 'C' ELSE 'B' END)",
            "The assurance of an answer follows from the way it came.",
        ),
    ]

    @api.model_create_multi
    def create(self, vals_list):
        """Only what receives makes answers; the class is set here, from the channel, whatever was given."""
        if not self.env.su:
            raise UserError(_("Answers are handed in with the button, or uploaded by the auditor in the portal."))
        made = []
        for vals in vals_list:
            channel = vals.get("channel")
            if channel == "auditor":
                self.env["audit.bank.confirmation"].browse(vals["confirmation_id"])._check_is_auditor()
            assurance = ASSURANCE[channel]
            proof = False if assurance == "C" else vals.get("proof") or "hash"
            rank = RANKS.get((assurance, proof), 30)
            made.append({**vals, "assurance": assurance, "proof": proof, "rank": rank})
        return super().create(made)

    def write(self, vals):  # pylint: disable=method-required-super
        """Nobody changes what was received, code of the suite included."""
        raise UserError(_("An answer is kept as it was received and cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("An answer is kept as it was received and cannot be deleted."))

    def action_download(self):
        """Download the file as it was received."""
        self.ensure_one()
        self._check_may_read()
        return {"type": "ir.actions.act_url", "url": "/audit/bank/answer/%d" % self.id, "target": "self"}

    def _check_may_read(self):
        if not self.env.user.has_group("audit_connector_base.group_audit_user"):
            raise AccessError(_("Answers of banks are for people with a role in Audit."))
        check_access(self, "read")

    @api.model
    def _receive(self, confirmation, name, content, channel, note=""):
        """Keep a file as an answer, note it in the log and tell platforms.

        Sudo: the caller has asked who may hand it in, and nobody writes answers by hand. An auditor is asked for again
        in ``create``.

        :param content: bytes
        :param channel: a key of ``ASSURANCE``; ``bank_api`` is for code that fetched it from the bank itself
        :raises UserError: when it is no file that is taken, or it could not be stored
        """
        confirmation = confirmation.sudo()
        confirmation._refuse_unless(*TAKES)
        try:
            media_type, endings = kind_of(content)
        except Refused as refusal:
            raise UserError(self._refusal_in_words(str(refusal))) from None
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 in confirmation.answer_ids.mapped("sha256"):
            raise UserError(_("The same file was received for this confirmation already."))
        proof, proof_note = self._proof_of(content, media_type, channel, confirmation)
        answer = self.sudo().create(
            {
                "confirmation_id": confirmation.id,
                "name": safe_name(name, endings, "answer"),
                "channel": channel,
                "proof": proof,
                "proof_note": proof_note,
                "media_type": media_type,
                "size": len(content),
                "sha256": sha256,
                "received_by_id": self.env.uid,
                "note": note or False,
            }
        )
        answer._store(content)
        answer._check_stored()
        if confirmation.state in ("sent", "compared"):
            # What comes later is compared anew.
            first = confirmation.answered_at or fields.Datetime.now()
            confirmation.write({"state": "answered", "answered_at": first})
        answer._log("bank_confirmation.received", direction="in")
        self.env["audit.event"]._record("bank_confirmation.received", confirmation)
        self.env["audit.log"]._seal_now()
        return answer

    @api.model
    def _proof_of(self, content, media_type, channel, confirmation):
        """What shows that a file is unaltered: ``(proof, a sentence about it)``."""
        if channel == "company":
            return False, False
        signature = signature_of(content) if media_type == "application/pdf" else None
        recognised = self.env["audit.bank.signer"]._who_signed(signature, confirmation.company_id, confirmation.bank_id)
        if recognised:
            return "signature", _(
                "Covers the whole file; signed with the certificate of %(signer)s, which %(person)s recognised on "
                "%(day)s. Whether it was revoked was not asked.",
                signer=signature.signer,
                person=recognised.approved_by_id.name,
                day=recognised.approved_at.date(),
            )
        return ("api" if channel == "bank_api" else "hash"), self._about_signature(signature)

    def _about_signature(self, signature):
        """A sentence about a signature that nobody recognised, False where there is none."""
        if not signature:
            return False
        if not signature.valid:
            return _("It bears a digital signature that could not be verified.")
        if signature.signer == signature.issuer:
            return _(
                "It bears a digital signature of %s by a certificate that nobody else issued, which anybody can make.",
                signature.signer,
            )
        return _(
            "It bears a digital signature of %(signer)s, issued by %(issuer)s, which covers the whole file. Nobody "
            "recognised it as the bank's, so it counts as none: see Signatures of Banks.",
            signer=signature.signer,
            issuer=signature.issuer,
        )

    def _store(self, content):
        """Write the file beside the record. Sudo: nobody writes there."""
        self.env["audit.bank.answer.file"].sudo().create({"answer_id": self.id})._attach(self.name, content, "content")

    def _attachment(self):
        """Sudo: the file lies with a record that is for nobody to read."""
        self.ensure_one()
        return self.sudo().file_ids._attachment()

    def _refusal_in_words(self, code):
        return {
            "empty": _("The file is empty."),
            "large": _("The file is larger than %s MB.", LARGEST // (1024 * 1024)),
            "kind": _("Answers are taken as PDF, image, XML or plain text. This is none of these."),
        }[code]

    def _log(self, kind, direction="none"):
        """One entry each, on the confirmation."""
        for answer in self.sudo():
            labels = {
                name: dict(answer._fields[name]._description_selection(answer.with_context(lang="en_US").env))
                for name in ("channel", "proof", "assurance")
            }
            answer.confirmation_id._log(
                kind,
                direction=direction,
                file=answer.name,
                sha256=answer.sha256,
                **{name: str(words.get(answer[name], "")) for name, words in labels.items()},
            )
