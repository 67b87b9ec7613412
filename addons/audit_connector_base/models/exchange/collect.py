import hashlib
import json
import logging
import time
from datetime import timedelta

import psycopg2

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...core import inbound
from ...transaction import short_transaction
from ..connector.adapter import CannotCollect, storable
from .collect_signed import SIGNATURE

_logger = logging.getLogger(__name__)

COLLECT_SECONDS = 50  # of a run; below Odoo's usual limit of 120 s for a worker, with a time-out on top
AT_A_TIME = 100  # messages that are stored in one transaction
FIRST_SECONDS = 1  # to wait for a message when nothing is there at once
LOCK_CLASS = 0x41554443  # "AUDC": namespace of the advisory locks that keep two runs of a connector apart
# For these a person is called at once; others may pass by themselves.
NEEDS_A_PERSON = {"login", "refused", "settings", "tls"}
REPORT_AFTER = timedelta(hours=1)
SIGNATURE_LENGTH = 2000

KEEP_AS_FAILED = """
UPDATE audit_inbound_message
   SET state = 'dead', reason = said.reason, unverified = said.unverified, headers = headers || said.signature::jsonb
  FROM unnest(%s::varchar[], %s::varchar[], %s::boolean[], %s::text[])
       AS said (dedup_key, reason, unverified, signature)
 WHERE connector_id = %s AND audit_inbound_message.dedup_key = said.dedup_key AND state = 'received'
RETURNING id
"""


class AuditConnector(models.Model):
    """Collecting: a job a connector takes what waits on the other side, stores it, and only then confirms it."""

    _inherit = "audit.connector"

    collect = fields.Boolean(
        string="Collect Messages",
        tracking=True,
        copy=False,
        help="Look every minute whether the other side has messages for Odoo. They are worked on like those that are "
        "sent to the address of a connector.",
    )

    def _collect(self):
        """Take, store and confirm what waits on the other side. Job method.

        A crash between storing and confirming makes a message come again, and it is recognised then. The job's own
        transaction only holds the lock that keeps a second run away.

        :return: a sentence for the job's result
        """
        self.ensure_one()
        if not (self.active and self.collect):
            return _("Nothing is collected here any more.")
        self.env.cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_CLASS, self.id])
        if not self.env.cr.fetchone()[0]:
            return _("Another run is collecting.")
        blocker = self._blocker()
        if blocker:
            return blocker
        try:
            collector = self._adapter()._collector(self)
        except UserError as error:
            self._note_collection(0, CannotCollect(str(error), "settings"))
            return str(error)
        if collector is None:
            return _("This protocol has nothing to collect.")
        collected, more, trouble = 0, False, None
        try:
            until = time.monotonic() + COLLECT_SECONDS
            more = True
            while more and time.monotonic() < until:
                count = self._collect_some(collector)
                collected, more = collected + count, count > 0
        except CannotCollect as error:
            trouble, more = error, False
        finally:
            collector.close()
        self._note_collection(collected, trouble)
        self._note_use(self._credentials_sending(), "collection", "system/collection", 1)
        if collector.put_aside:
            self._report_unusable("\n".join(collector.put_aside[:20]), _("Some of what was collected cannot be read"))
        if more:
            self._enqueue_collect(again=True)
        return trouble.reason if trouble else _("%d messages", collected)

    def _collect_some(self, collector):
        """Take, store and confirm some; returns how many came. What could not be stored is not confirmed."""
        taken = collector.take(AT_A_TIME, FIRST_SECONDS)
        stored = self._store_collected(taken)
        if stored:
            collector.confirm_all(stored)
        return len(taken)

    def _store_collected(self, taken):
        """Store messages in one short transaction; each in its own where that fails. Returns those that are stored."""
        if not taken:
            return []
        try:
            with short_transaction(self.env.registry) as env:
                env["audit.connector"].browse(self.id)._receive_collected(taken)
            return taken
        except psycopg2.OperationalError:
            raise
        except Exception:
            if len(taken) > 1:
                return [one for single in taken for one in self._store_collected([single])]
            _logger.exception("A message that %s collected could not be stored; it stays on the other side", self)
            return []

    def _receive_collected(self, taken):
        """Store what was taken; what is no message at all is kept as one that failed, because it will not come again.

        :param taken: list of ``Incoming``
        """
        taken, unfit = self._verified(taken)
        if unfit:
            self.env["audit.inbound.refusal"]._count(self, self.adapter, "signature", unfit[0][1].reason, len(unfit))
        receipts = self._receive([(one.id, one.content_type, one.body, one.headers) for one in taken], self.adapter)
        unfit += [(one, receipt) for one, receipt in zip(taken, receipts) if receipt.verdict in ("conflict", "invalid")]
        if unfit:
            self._keep_unfit(unfit)

    def _keep_unfit(self, unfit):
        """Keep messages that cannot be read, are not believed, or bear the number of another, as failed ones."""
        items, kept = [], []
        for one, receipt in unfit:
            message = _unfit_message(one, receipt.verdict)
            items.append((message, storable(one.content_type or "")[:200], one.headers))
            unverified = receipt.verdict == "signature"
            signature = _signature(one.headers) if unverified else {}
            kept.append((message.key, storable(receipt.reason)[:2000], unverified, json.dumps(signature)))
        self._store_inbound(items, self.adapter)
        self.env.cr.execute(KEEP_AS_FAILED, [*map(list, zip(*kept)), self.id])
        failed = self.env["audit.inbound.message"].browse(row[0] for row in self.env.cr.fetchall())
        failed.invalidate_recordset()
        for reason, messages in failed.grouped("reason").items():
            messages._log("inbound.failed", actor="system/inbound", reason=reason)

    def _note_collection(self, collected, trouble):
        """Write how the run went, and call the owner where a person is needed or it lasts too long."""
        reason = trouble.reason if trouble else ""
        with short_transaction(self.env.registry) as env:
            since = env["audit.collection"]._note(self, collected, reason)
        if trouble and (trouble.fault in NEEDS_A_PERSON or since < fields.Datetime.now() - REPORT_AFTER):
            self._report_unusable(reason, _("Repair the connector: nothing can be collected"))

    @api.model
    def _cron_collect(self):
        """Start a run for every connector that collects."""
        self.search([("collect", "=", True)])._enqueue_collect()

    def _enqueue_collect(self, again=False):
        """Add a job for each connector, unless one waits already.

        :param again: from within a run, whose lock a job that starts at once would meet
        """
        keys = {connector.id: "audit-collect-%d" % connector.id for connector in self}
        waiting = self._jobs_waiting(list(keys.values()))
        for connector in self:
            if keys[connector.id] not in waiting:
                connector.with_delay(
                    eta=1 if again else None,
                    max_retries=0,
                    identity_key=keys[connector.id],
                    description=_("Collect from %s", connector.name),
                )._collect()


def _signature(headers):
    """The header to verify a message by later, as it may be stored; not kept where there is no doubt left."""
    given = {name.lower(): value for name, value in headers.items()}.get(SIGNATURE)
    return {SIGNATURE: storable(str(given))[:SIGNATURE_LENGTH]} if given else {}


def _unfit_message(incoming, verdict):
    """The ``core.inbound.Message`` of one that is none; it is recognised by its bytes when it comes again."""
    sha256 = hashlib.sha256(incoming.body).hexdigest()
    number = incoming.id if incoming.id and len(incoming.id) <= inbound.MAX_ID_LENGTH else None
    number = number if number and number.isprintable() else None
    key = "%s:%s:%s" % (verdict, number or "", sha256)
    return inbound.Message(number, key, None, None, None, None, None, incoming.body, sha256)
