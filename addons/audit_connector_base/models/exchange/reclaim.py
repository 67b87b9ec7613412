from odoo import models

from ..connector.adapter import Outcome
from .delivery_queries import LOCK_CLASS, RECLAIM

INTERRUPTED = "interrupted: whether it arrived is not known"


class AuditConnector(models.Model):
    """What runs leave behind that are gone: a worker was killed, or the server went down."""

    _inherit = "audit.connector"

    def _reclaim(self, lane, now):
        """Free what runs that are gone had claimed in one lane, and record their attempts, in this transaction.

        :param now: UTC, without a time zone
        """
        self.env.cr.execute(
            RECLAIM,
            {"connector": self.id, "lane": lane, "now": now, "lock_class": LOCK_CLASS, "reason": INTERRUPTED},
        )
        said = [self._log_of_interrupted(row) for row in self.env.cr.dictfetchall()]
        self.env["audit.log.entry"]._append(said)

    def _log_of_interrupted(self, row):
        """The entry about an attempt of which nobody learned the outcome; ``row``: as of ``RECLAIM``."""
        row = {**row, "contract": None, "sent_sha256": None}
        return self._log_of_attempt(row, Outcome("retry", INTERRUPTED), "unknown")
