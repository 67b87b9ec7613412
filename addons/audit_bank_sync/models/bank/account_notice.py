from datetime import timedelta

from odoo import _, fields, models

GATHER = timedelta(seconds=5)  # in which further calls of the bank are about the same
QUIET = timedelta(minutes=1)  # between two fetches that calls of the bank start
QUIET_WITH_BUDGET = timedelta(minutes=15)  # the same, where the calls of a day are counted


class AuditBankAccount(models.Model):
    """Fetching because the bank called. Its word starts a fetch and is no movement itself.

    A bank may call at each movement: what follows shortly after a fetch is gathered into the next one. A fetch costs as
    much as any other that no person makes: accounts whose calls are used up wait for the schedule.
    """

    _inherit = "audit.bank.account"

    def _enqueue_noticed(self):
        """Have these fetched soon, once however often the bank calls until then. Superuser only."""
        now = fields.Datetime.now()
        for account in self.filtered(lambda one: one.connection_id.mode == "realtime"):
            account.with_delay(
                eta=max(now + GATHER, account._quiet_until()),
                identity_key="audit-bank-noticed-%d" % account.id,
                description=_("Fetch what %s called about", account.name),
            )._fetch_noticed()

    def _fetch_noticed(self):
        """Fetch what is new of those that a call of the bank lets fetch; the others a little later. Job method."""
        now = fields.Datetime.now()
        wanted = self.filtered(
            lambda one: (
                one.connection_id.mode == "realtime"
                and one.connection_id._can_ask_now()
                and one._calls_remaining() != 0
            )
        )
        due = wanted.filtered(lambda one: one._quiet_until() <= now)
        due._plan_windows()._enqueue()
        for account in due:
            facts = {"name": account.name, "account": account.number}
            subject = (account._name, account.id)
            self.env["audit.log.entry"]._append_facts(
                "bank.noticed", [(account.company_id, subject, facts)], actor="system/bank"
            )
        (wanted - due)._enqueue_noticed()
        return _("%d accounts", len(due))

    def _quiet_until(self):
        """The moment from which a call of the bank may start a fetch again.

        What is being fetched now may have been asked for before the bank called: that is waited for.
        """
        quiet, now = QUIET_WITH_BUDGET if self._budget() else QUIET, fields.Datetime.now()
        if self._windows_of(("running",)):
            return now + quiet
        return (self.last_fetched_at or now - quiet) + quiet
