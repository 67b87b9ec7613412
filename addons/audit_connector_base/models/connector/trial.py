import logging
import time
from datetime import datetime, timezone

from odoo import _, models
from odoo.exceptions import UserError

from ...compat import check_access
from ...core import canonical, cloudevents, uuid7
from .adapter import Message, Outcome

_logger = logging.getLogger(__name__)

TEST_TYPE = "connector.test"


class AuditConnector(models.Model):
    """Trying a connector out: one message that says nothing of the books, sent while somebody waits for the answer."""

    _inherit = "audit.connector"

    def _test_data(self):
        """What a test message says: by whom and when it was sent, and through which connector."""
        self.ensure_one()
        return {
            "connector": self.name,
            "sent_at": datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "sent_by": self.env.user.name,
        }

    def _send_test(self):
        """Send a test message now and record it in the log; it is no event and is not counted as a delivery.

        :return: its ``Message`` and the ``Outcome``
        :raises UserError: unless the current user is a connector administrator
        """
        self.ensure_one()
        if not self.env.user.has_group("audit_connector_base.group_audit_connector_admin"):
            raise UserError(_("Only connector administrators may send a test message."))
        check_access(self, "write")
        message = self._test_message()
        outcome = self._outcome_of_test(message)
        self.env["audit.log.entry"]._append(
            [
                {
                    "kind": "connector.tested",
                    "direction": "out",
                    "company_id": self.company_id.id,
                    "res_model": self._name,
                    "res_id": self.id,
                    "correlation": cloudevents.parse_traceparent(message.traceparent)[0],
                    "payload": canonical.dumps(
                        {
                            "connector": {"id": self.id, "name": self.name},
                            "event": message.id,
                            "type": message.type,
                            "outcome": outcome.verdict,
                            "reason": outcome.reason,
                            "status": outcome.status,
                            "milliseconds": round(outcome.seconds * 1000),
                            "answer_sha256": outcome.answer_sha256,
                        }
                    ),
                }
            ]
        )
        return message, outcome

    def _test_message(self):
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        message_id, trace, data = uuid7.uuid7(), cloudevents.traceparent(), self._test_data()
        subject = "%s/%d" % (self._name, self.id)
        body = cloudevents.envelope(
            event_id=message_id,
            type=TEST_TYPE,
            source="urn:odoo-audit:%s:company:%d" % (database, self.company_id.id),
            subject=subject,
            time=data["sent_at"],
            data_bytes=canonical.dumps(data),
            traceparent=trace,
        )
        return Message(
            id=message_id,
            type=TEST_TYPE,
            subject=subject,
            body=body,
            content_type=cloudevents.CONTENT_TYPE,
            created_at=datetime.now(timezone.utc).replace(tzinfo=None),
            entity="connector",
            traceparent=trace,
        )

    def _outcome_of_test(self, message):
        """Send through the adapter; whatever keeps it from sending is an outcome too."""
        started = time.monotonic()
        try:
            blocker = self._blocker()
            if blocker:
                raise UserError(blocker)
            send = self._adapter()._sender(self)
        except UserError as error:
            return Outcome("retry", str(error), fault="settings")
        self._note_use(self._credentials_sending(), "test", "user/%d" % self.env.uid, 1)
        try:
            return send(message)
        except Exception as error:
            _logger.exception("The test message of %s failed inside the adapter", self)
            reason = "internal error: %s" % type(error).__name__
            return Outcome("retry", reason, seconds=time.monotonic() - started, fault="internal")
        finally:
            if hasattr(send, "close"):
                send.close()
