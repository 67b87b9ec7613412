import hashlib
import secrets
from contextlib import suppress

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .provider import CannotFetch

NOTICE_PATH = "/audit/v1/bank/notice/"


class AuditBankConsent(models.Model):
    """Whether consents still hold, asked of the bank: every day, and when the bank calls; a call may start a fetch."""

    _inherit = "audit.bank.consent"

    notice_hash = fields.Char(readonly=True, copy=False, index=True, groups=fields.NO_ACCESS)

    def _notice_url(self):
        """Return an address at which the bank may call because of this consent. Of its token the hash is kept."""
        self.ensure_one()
        token = secrets.token_urlsafe(32)
        self.notice_hash = _hash(token)
        return self.get_base_url() + NOTICE_PATH + token

    @api.model
    def _noticed(self, token, body=b"", headers=None):
        """The bank called. One that nobody agreed to yet is left to the person who asked for it. Superuser only.

        Where it names accounts, these are fetched; else the bank is asked what it called about.
        """
        consent = self.search([("notice_hash", "=", _hash(token)), ("state", "=", "valid")], limit=1)
        if not consent:
            return
        accounts = consent.connection_id._provider()._accounts_noticed(consent, body, headers or {})
        if accounts:
            accounts._enqueue_noticed()
        elif accounts is not None:
            consent.with_delay(
                identity_key="audit-bank-notice-%d" % consent.id,
                description=_("Ask %s what it called about", consent.connection_id.name),
            )._answer_notice()

    def _answer_notice(self):
        """Ask whether these consents still hold, and fetch what is new where that is to follow a call. Job method."""
        self._ask_bank()
        self.filtered(lambda one: one.state == "valid").connection_id.account_ids._fetch_noticed()

    def _ask_bank(self):
        """Ask whether these consents still hold. A bank that does not answer says nothing against it."""
        for consent in self.filtered(lambda one: one.state == "valid"):
            with suppress(CannotFetch, UserError):
                consent.connection_id._provider()._refresh_consent(consent)

    @api.model
    def _cron_watch(self):
        """Before the days are counted, ask the banks. Sudo: see ``_refuse_people``."""
        self.sudo().search([("state", "=", "valid")])._ask_bank()
        return super()._cron_watch()


def _hash(token):
    return hashlib.sha256(token.encode()).hexdigest()
