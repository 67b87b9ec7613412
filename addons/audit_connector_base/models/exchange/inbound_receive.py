import json
import secrets
from datetime import datetime, timezone
from typing import NamedTuple

from odoo import _, api, models
from odoo.exceptions import UserError

from ...core import canonical, inbound
from ...core.problem import Refusal
from ...transaction import short_transaction
from ..connector.adapter import storable
from .inbound_door import OutdatedDoor
from .inbound_queries import IS_SAME_DOOR, STORE

# Headers that help to understand a message later. All others may carry secrets and are left out.
HEADERS_KEPT = {"content-type", "date", "traceparent", "user-agent", "webhook-id", "webhook-timestamp", "x-request-id"}
HEADER_LENGTH = 500


class Receipt(NamedTuple):
    """What became of one message: ``verdict`` is ``accepted``, ``duplicate``, ``conflict`` or ``invalid``."""

    verdict: str
    reason: str = ""
    message_id: str | None = None


class AuditConnector(models.Model):
    """Receiving: everything that comes from outside goes through here and is stored once, whatever brought it."""

    _inherit = "audit.connector"

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink_with_messages(self):
        """What was received stays with its connector. No foreign key says so, see ``UncheckedMany2one``.

        Whoever is storing a message holds its connector: they are waited for first, and then looked for by a
        transaction that sees what they have committed meanwhile.
        """
        self.env.cr.execute("SELECT id FROM audit_connector WHERE id = ANY(%s) FOR UPDATE", [self.ids])
        with short_transaction(self.env.registry) as env:
            received = env["audit.inbound.message"].search([("connector_id", "in", self.ids)], limit=1)
            if received:
                raise UserError(
                    _("“%s” has received messages, which are kept. Archive it instead.", received.connector_id.name)
                )

    def _receive(self, messages, transport):
        """Store messages that were taken from a broker or a file, each on its own merits, and have them worked on.

        The caller's transaction must be committed before it acknowledges anything to the other side.

        :param messages: list of ``(message id or None, content type, bytes, headers dict)``, the id only where the
            transport vouches for it
        :param transport: ``http``, ``amqp``, ``nats``, ``redis`` or ``file``
        :return: list of ``Receipt`` in the same order
        """
        self.ensure_one()
        door = self._door()
        receipts, readable = [None] * len(messages), []
        for position, (message_id, content_type, body, headers) in enumerate(messages):
            try:
                media_type = inbound.check_content_type(content_type or inbound.CONTENT_TYPES[0])
                message = self._read_inbound(body, message_id, media_type, headers, door)
            except (inbound.Unreadable, Refusal) as error:
                receipts[position] = Receipt("invalid", str(error), message_id)
            else:
                readable.append((position, (message, media_type, headers)))
        stored = self._store_inbound([item for _position, item in readable], transport, door)
        for (position, _item), receipt in zip(readable, stored):
            receipts[position] = receipt
        if any(receipt.verdict in ("conflict", "invalid") for receipt in receipts):
            self._count_refused(receipts, transport)
        return receipts

    def _read_inbound(self, body, message_id, media_type, headers, door=None):
        """Return the ``core.inbound.Message`` in ``body``; raises ``core.inbound.Unreadable``.

        :param door: the connector's ``Door``, if it is at hand
        """
        door = door or self._door()
        return inbound.read(
            body,
            message_id=message_id,
            media_type="application/cloudevents+json" if media_type == inbound.BATCH else media_type,
            paths=door.paths,
            by_content=door.by_content,
            traceparent=_header(headers, "traceparent"),
        )

    def _store_inbound(self, items, transport, door=None):
        """Store what was read, in one statement whatever its number; the log entries in another.

        Sudo-like: SQL, because nobody holds the right to write messages.

        :param items: list of ``(core.inbound.Message, media type, headers)``
        :return: list of ``Receipt`` in the same order
        :raises OutdatedDoor: when the settings have changed since ``door`` was made; nothing is stored
        """
        unique = {}
        for message, media_type, headers in items:
            unique.setdefault(message.key, (message, media_type, headers))
        if not unique:
            return []
        door = door or self._door()
        messages = [message for message, _media_type, _headers in unique.values()]
        traces = [message.trace or secrets.token_hex(16) for message in messages]
        kept = {"connector": self.id, "xmin": door.version[0], "ctid": door.version[1]}
        statement, parameters = STORE.with_rows(
            [
                (
                    number,
                    media_type,
                    _kept(headers),
                    message.key,
                    message.id,
                    message.type,
                    message.subject,
                    message.contract,
                    trace,
                    message.body,
                    message.sha256,
                )
                for number, ((message, media_type, headers), trace) in enumerate(zip(unique.values(), traces))
            ],
            company=door.company_id,
            transport=transport,
            now=datetime.now(timezone.utc).replace(tzinfo=None),
            **kept,
        )
        # One number twice at the same time is nothing that goes wrong, and the statement quotes whole messages.
        self.env.cr.execute(statement, parameters, log_exceptions=False)
        stored = dict(self.env.cr.fetchall())
        if not stored:
            self.env.cr.execute(IS_SAME_DOOR, kept)
            if not self.env.cr.fetchone():
                raise OutdatedDoor("the settings of connector %d" % self.id)
        known = {key: message.sha256 for key, (message, _media_type, _headers) in unique.items()}
        known.update(self._hashes_of([key for key in unique if key not in stored]))
        self._log_received(
            door, [(stored[m.key], m, trace) for m, trace in zip(messages, traces) if m.key in stored], transport
        )
        if stored:
            self._request_inbound()
        receipts = []
        for message, _media_type, _headers in items:
            if stored.pop(message.key, None):
                receipts.append(Receipt("accepted", "", message.id))
            elif known[message.key] in (message.sha256, None) or message.key.startswith("content:"):
                receipts.append(Receipt("duplicate", _("received before"), message.id))
            else:
                reason = _("another message was received under this number before; nothing was changed")
                receipts.append(Receipt("conflict", reason, message.id))
        return receipts

    def _hashes_of(self, keys):
        """Return ``{dedup_key: SHA-256}`` of those that were stored before; None for one whose content was erased."""
        if not keys:
            return {}
        self.env.cr.execute(
            "SELECT dedup_key, body_sha256 FROM audit_inbound_message WHERE connector_id = %s AND dedup_key = ANY(%s)",
            [self.id, keys],
        )
        return dict(self.env.cr.fetchall())

    def _log_received(self, door, stored, transport):
        connector = {"id": door.connector_id, "name": door.name}
        self.env["audit.log.entry"]._append(
            [
                {
                    "kind": "inbound.received",
                    "direction": "in",
                    "actor": "system/inbound",
                    "company_id": door.company_id,
                    "res_model": "audit.inbound.message",
                    "res_id": record_id,
                    "correlation": trace,
                    "payload": canonical.dumps(
                        {
                            "connector": connector,
                            "message": record_id,
                            "message_id": message.id or "",
                            "type": message.type or "",
                            "sha256": message.sha256,
                            "size": len(message.body),
                            "transport": transport,
                        }
                    ),
                }
                for record_id, message, trace in stored
            ]
        )

    def _count_refused(self, receipts, transport):
        for verdict in ("conflict", "invalid"):
            reasons = [receipt.reason for receipt in receipts if receipt.verdict == verdict]
            if reasons:
                self.env["audit.inbound.refusal"]._count(self, transport, verdict, reasons[0], len(reasons))


def _header(headers, name):
    """The value of a header whatever the case of its name."""
    return next((value for key, value in (headers or {}).items() if key.lower() == name), None)


def _kept(headers):
    """The headers that may be stored, as JSON text."""
    kept = {name.lower(): storable(str(value)[:HEADER_LENGTH]) for name, value in (headers or {}).items()}
    return json.dumps({name: value for name, value in kept.items() if name in HEADERS_KEPT})
