import json
import secrets
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessDenied, AccessError, UserError

from ...compat import closed_field_given
from ...core import canonical
from ...transaction import short_transaction

VALID_FOR = timedelta(minutes=5)
FREE = 3  # wrong answers in a row that cost no waiting
LONGEST_WAIT = 900  # seconds
FORGOTTEN_AFTER = 3600  # seconds after the last wrong answer

# Counts a try before it is judged, so that many at the same time are not all the first. Nothing comes back while the
# person has to wait: 2 s after the fourth wrong answer, 4 s after the fifth, and so on.
TAKE = """
INSERT INTO audit_identity_attempt AS tried (user_id, failures, last_at) VALUES (%(user)s, 1, %(now)s)
    ON CONFLICT (user_id) DO UPDATE
   SET last_at = excluded.last_at,
       failures = CASE WHEN tried.last_at < excluded.last_at - %(forgotten)s * interval '1 second' THEN 1
                       ELSE tried.failures + 1 END
 WHERE tried.failures <= %(free)s
    OR tried.last_at + least(power(2, least(tried.failures - %(free)s, 20)), %(longest)s) * interval '1 second'
       <= excluded.last_at
RETURNING failures
"""
# Whoever holds the row is about to write it, or to roll back.
CLEAR = """
UPDATE res_users_identitycheck SET password = NULL
 WHERE id IN (SELECT id FROM res_users_identitycheck WHERE id = %s FOR UPDATE SKIP LOCKED)
"""


class AuditIdentityAttempt(models.Model):
    """How many wrong answers in a row a person gave when asked for the password again. Nobody has access to it."""

    _name = "audit.identity.attempt"
    _inherit = "audit.text.export"
    _description = "Answers When Asked for the Password"
    _log_access = False
    _rec_name = "user_id"

    user_id = fields.Many2one("res.users", required=True, readonly=True, ondelete="cascade")
    failures = fields.Integer(required=True, readonly=True)
    last_at = fields.Datetime(required=True, readonly=True)

    _sql_constraints = [("one_each", "UNIQUE (user_id)", "There is one count for a person.")]

    @api.model
    def _take(self):
        """Count one more answer of the current user, in a transaction of its own as a refusal is rolled back.

        :return: how many there were in a row, this one included
        :raises UserError: when the one before was wrong and too short a time ago
        """
        with short_transaction(self.env.registry) as env:
            env.cr.execute(
                TAKE,
                {
                    "user": self.env.uid,
                    "now": fields.Datetime.now(),
                    "free": FREE,
                    "longest": LONGEST_WAIT,
                    "forgotten": FORGOTTEN_AFTER,
                },
            )
            taken = env.cr.fetchone()
        if not taken:
            raise UserError(_("There were too many wrong passwords. Wait a while, then try again."))
        return taken[0]

    @api.model
    def _forget(self):
        with short_transaction(self.env.registry) as env:
            env.cr.execute("DELETE FROM audit_identity_attempt WHERE user_id = %s", [self.env.uid])


class ResUsersIdentitycheck(models.TransientModel):
    """Odoo's dialog that asks for the password, here also bound to one action, slowed down and recorded."""

    _inherit = "res.users.identitycheck"

    _takes_secrets = True

    audit_request = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    audit_purpose = fields.Char(string="You Confirm", readonly=True)
    audit_content = fields.Text(string="What It Is", readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        closed = closed_field_given(self, vals_list)
        if closed:
            raise AccessError(_("What a password confirms (%s) is for Odoo to say.", closed))
        if not self.env.su:
            vals_list = [{**vals, "audit_purpose": False, "audit_content": False} for vals in vals_list]
        return super().create(vals_list)

    def run_check(self):
        """Check the password, then press the button that asked for it: that one, on those records, once."""
        self.ensure_one()
        if not self.sudo().audit_request:
            return super().run_check()
        if self.create_uid != self.env.user or self.create_date < fields.Datetime.now() - VALID_FOR:
            raise UserError(_("This question is too old. Press the button again."))
        self._check_identity()
        asked = json.loads(self.sudo().audit_request)
        self.sudo().write({"audit_request": False, "password": False})
        records = self.env(context=asked["context"])[asked["model"]].browse(asked["ids"])
        button = getattr(records, asked["method"])
        if getattr(button, "_identity_action", None) != asked["action"]:
            raise UserError(_("This question is too old. Press the button again."))
        if records._identity_digest(asked["action"]) != asked["shown"]:
            raise UserError(_("This was changed since you were asked. Look at it again, then press the button again."))
        records._note_identity(asked["action"])
        return button()

    def _check_identity(self):
        """Slow down who guesses, whatever the question is for, and put each wrong answer into the log."""
        failures = 0
        try:
            failures = self.env["audit.identity.attempt"]._take()
            result = super()._check_identity()
        except (AccessDenied, UserError):
            self._record_refusal(failures)
            raise
        self.env["audit.identity.attempt"]._forget()
        return result

    def _record_refusal(self, failures):
        """In a transaction of its own, as the refusal is rolled back. The wrong password does not stay either.

        :param failures: which wrong answer in a row it is; 0 for one that was not judged, and is not recorded
        """
        purpose, uid, company = self.audit_purpose or "", self.env.uid, self.env.user.company_id.id
        with short_transaction(self.env.registry) as env:
            if self._fields["password"].store:
                env.cr.execute(CLEAR, [self.id])
            if not failures:
                return
            env["audit.log.entry"]._append(
                [
                    {
                        "kind": "identity.refused",
                        "direction": "none",
                        "actor": "user/%d" % uid,
                        "company_id": company,
                        "res_model": "res.users",
                        "res_id": uid,
                        "correlation": secrets.token_hex(16),
                        "payload": canonical.dumps(
                            {"purpose": purpose, "by": env["res.users"].browse(uid).name, "failures": failures}
                        ),
                    }
                ]
            )
