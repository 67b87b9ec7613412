from psycopg2 import IntegrityError

from odoo import _, models
from odoo.exceptions import UserError

POST_AT_ONCE = 200  # transactions that are posted while somebody waits; more are posted by a job
SHOWN = 10  # transactions that are named to a person


class AuditBankTransaction(models.Model):
    """Posting where nobody waits for it: what cannot be posted stops nothing else."""

    _inherit = "audit.bank.transaction"

    def _post_what_can_be(self):
        """Post these, all at once where that goes, else in ever smaller parts, until what cannot be posted is alone.

        :return: ``[(transaction, why it could not be posted), …]``; these wait as before
        """
        if not self:
            return []
        try:
            with self.env.cr.savepoint():
                self._post()
        except (UserError, IntegrityError) as error:
            if len(self) == 1:
                return [(self, self._refusal(error))]
            half = len(self) // 2
            return [*self[:half]._post_what_can_be(), *self[half:]._post_what_can_be()]
        return []

    def _refusal(self, error):
        """Why something could not be posted, in words. What the database says is for administrators, after ours."""
        if isinstance(error, IntegrityError):
            return _("The database refuses it: %s", " ".join(str(error).split()))
        return str(error)


class AuditBankAccount(models.Model):
    """Posting by the rule of an account. All of it as the superuser."""

    _inherit = "audit.bank.account"

    def _post_by_rule(self):
        """Post what waits: at once where it is little, else by a job. What cannot be posted waits for a person."""
        for account in self:
            locked = account._locked_days()
            waiting = self.env["audit.bank.transaction"].search(account._waiting_domain(locked), order="date, id")
            if len(waiting) > POST_AT_ONCE:
                account._enqueue_posting()
            else:
                account._try_to_post(waiting, locked)

    def _waiting_domain(self, without_days=()):
        domain = [("account_id", "=", self.id), ("posting_state", "=", "waiting")]
        return [*domain, ("date", "not in", without_days)] if without_days else domain

    def _enqueue_posting(self):
        self.with_delay(
            identity_key="audit-bank-post-%d" % self.id, description=_("Post the transactions of %s", self.name)
        )._post_next()

    def _post_next(self, after=None):
        """Post the next of what waits, and ask for the rest to be posted after it. Job method.

        :param after: ``[date, id]`` of the last one that was tried, the date in ISO format; what could not be posted
            stays behind
        """
        locked, transactions = self._locked_days(), self.env["audit.bank.transaction"]
        domain = self._waiting_domain(locked)
        if after:
            day, last = after
            domain += ["|", ("date", ">", day), "&", ("date", "=", day), ("id", ">", last)]
        waiting = transactions.search(domain, order="date, id", limit=POST_AT_ONCE)
        posted = self._try_to_post(waiting, locked)
        last = waiting[-1:]
        # Those without a day come last, and nobody can post them.
        if len(waiting) == POST_AT_ONCE and last.date:
            self.with_delay(eta=1, description=_("Post the transactions of %s", self.name))._post_next(
                [last.date.isoformat(), last.id]
            )
        return _("%d transactions", posted)

    def _try_to_post(self, waiting, locked=()):
        """Post by rule; what Odoo or the database refuses is put before a person and stays to be confirmed.

        :param locked: days of which something waits beside it, so that a person is needed for that as well
        :return: how many were posted
        """
        refused = waiting._post_what_can_be()
        said = ["%s: %s" % (one.display_name, why) for one, why in refused[:SHOWN]]
        if len(refused) > SHOWN:
            said.append(_("… and %d more.", len(refused) - SHOWN))
        if locked:
            said.append(self.env["audit.bank.transaction"]._locked_in_words(self.journal_id, locked))
        exceptions = self.env["audit.exception"]
        if said:
            exceptions._raise_about_bank(
                "bank_posting",
                self,
                _("Transactions of %s cannot be posted", self.name),
                "\n".join(said),
                owner=self.connection_id.user_id,
            )
        elif not self.env["audit.bank.transaction"].search_count(self._waiting_domain(), limit=1):
            # Of those before, too, nothing waits any more.
            exceptions._about_bank("bank_posting", self)._close("superseded")
        return len(waiting) - len(refused)
