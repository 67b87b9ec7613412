from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...transaction import short_transaction


class AuditConnector(models.Model):
    """How stored secrets are read for use, and what keeps a connector from using them."""

    _inherit = "audit.connector"

    secrets_unfit = fields.Boolean(compute="_compute_secrets_unfit")
    environment_trouble = fields.Char(compute="_compute_secret_troubles")
    key_trouble = fields.Char(compute="_compute_secret_troubles")

    @api.depends("adapter", "environment", "url")
    def _compute_secrets_unfit(self):
        """Whether a secret has to be entered anew for the settings as they are on the form."""
        for connector in self:
            connector.secrets_unfit = connector._speaks() and any(
                credential._binding() != connector._secret_binding(name)
                for name in connector._secrets_in_use()
                for credential in connector._credential_of(connector.SECRETS[name][0])
            )

    @api.depends("environment")
    def _compute_secret_troubles(self):
        _ids, missing = self.env["audit.credential"]._key_ids()
        for connector in self:
            connector.environment_trouble = connector._environment_trouble()
            connector.key_trouble = connector._speaks() and connector._secrets_in_use() and missing

    def _blocker(self, verifying=False):
        """Why this connector may exchange nothing now, as a sentence for its administrator; empty when it may.

        :param verifying: whether only messages received are to be verified, which no destination concerns
        """
        self.ensure_one()
        return self._environment_trouble() or ("" if verifying else self._approval_trouble())

    def _good_credentials(self):
        """Credentials that are good now, the newest first.

        A key whose certificate has ended is among them, so that a new certificate can be entered for it; see
        ``_secrets_of``.
        """
        now = fields.Datetime.now()
        return self.credential_ids.filtered(
            lambda one: (
                one.active
                and (not one.valid_until or one.valid_until > now)
                and (one.expires_by_certificate or not one._is_expired())
            )
        ).sorted(lambda one: -one.generation)

    def _secrets_of(self, purpose):
        """Return the secrets (texts) that are good for ``purpose`` now, the newest first; empty when there is none.

        Sudo: an adapter uses them, whoever started the run; nobody reads them.

        :raises UserError: when they may not be used now, with what to do
        """
        self.ensure_one()
        blocker = self._blocker(verifying=purpose == "verification")
        if blocker:
            raise UserError(blocker)
        if any(one.purpose == purpose and one._is_expired() for one in self.sudo()._good_credentials()):
            raise UserError(self._gone_secret(purpose))
        return self._entered_secrets(purpose)

    def _secret_of(self, purpose):
        """Return the newest secret for ``purpose`` or None."""
        return next(iter(self._secrets_of(purpose)), None)

    def _entered_secrets(self, purpose):
        """As ``_secrets_of``, also while the connector may not use them: to check settings with, never to send."""
        self.ensure_one()
        binding = self._secret_binding(self._secret_field(purpose))
        good = self.sudo()._good_credentials().filtered(lambda one: one.purpose == purpose)
        return [credential._reveal(binding) for credential in good]

    def _entered_secret(self, purpose):
        """The newest of ``_entered_secrets`` or None."""
        return next(iter(self._entered_secrets(purpose)), None)

    def _credential_of(self, purpose):
        """Return the newest credential for ``purpose``. Sudo: to tell it from others, not to read it."""
        self.ensure_one()
        return self.sudo()._good_credentials().filtered(lambda one: one.purpose == purpose)[:1]

    def _secret_field(self, purpose):
        """Name of the field that takes a secret for ``purpose`` in."""
        return next(name for name, (its_purpose, *_rest) in self.SECRETS.items() if its_purpose == purpose)

    def _gone_secret(self, purpose):
        """A sentence on a secret that was there when the settings were saved, and what to do. Sudo: see above."""
        expired = self.sudo().credential_ids.filtered(lambda one: one.purpose == purpose and one._is_expired())
        if expired:
            day = fields.Date.to_string(expired[0].expires_on)
            return _("The secret “%(name)s” expired on %(day)s. Replace it.", name=expired[0].name, day=day)
        return _("A secret of connector “%s” is gone. Enter it again.", self.name)

    def _credentials_sending(self):
        """The credentials that the adapter uses towards the other side, to note their use. Sudo: see above."""
        self.ensure_one()
        purposes = {self.SECRETS[name][0] for name in self._adapter()._secrets_needed(self)}
        return self.sudo()._good_credentials().filtered(lambda one: one.purpose in purposes)

    def _note_use(self, credentials, used_for, actor, count):
        """Note that a run used secrets, once for all of its messages; see ``audit.credential.use``."""
        if credentials and count:
            with short_transaction(self.env.registry) as env:
                env["audit.credential"].browse(credentials.ids)._note_use(used_for, actor, count)

    def _judge_health(self):
        """Who may send nothing is stopped, whatever else there is; whose secret has expired needs a person."""
        if self._blocker():
            return "stopped" if self._environment_trouble() else "approval"
        health = super()._judge_health()
        if health != "stopped" and any(one._is_expired() for one in self._credentials_sending()):
            return "bad"
        return health
