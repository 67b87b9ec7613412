import json
import secrets
from datetime import datetime, timezone
from typing import NamedTuple

import psycopg2

from odoo import _, api, models
from odoo.exceptions import UserError

from ...core import canonical, inbound
from ...core.problem import Refusal
from ...transaction import short_transaction
from ..connector.adapter import storable
from . import inbound_numbers
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
        """Store what was read and the entries in the log that tell of it, in one statement whatever their number.

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
        numbers = dict(zip(unique, inbound_numbers.take(self.env.cr, len(unique))))
        entries = self.env["audit.log.entry"]._rows_of(
            [
                _received_entry(door, numbers[key], message, transport)
                for key, (message, _media_type, _headers) in unique.items()
            ]
        )
        kept = {"connector": self.id, "xmin": door.version[0], "ctid": door.version[1]}
        statement, parameters = STORE.with_rows(
            [
                (
                    numbers[key],
                    media_type,
                    _kept(headers),
                    key,
                    message.id,
                    message.type,
                    message.subject,
                    message.contract,
                    message.body,
                    message.sha256,
                    *entry,
                )
                for (key, (message, media_type, headers)), entry in zip(unique.items(), entries)
            ],
            company=door.company_id,
            transport=transport,
            now=datetime.now(timezone.utc).replace(tzinfo=None),
            **kept,
        )
        # One number twice at the same time is nothing that goes wrong, and the statement quotes whole messages.
        try:
            self.env.cr.execute(statement, parameters, log_exceptions=False)
        except psycopg2.errors.UniqueViolation:
            inbound_numbers.forget(self.env.cr)
            raise
        stored = {row[0] for row in self.env.cr.fetchall()}
        if stored:
            self.env["audit.log"]._request_sealing()
            self._request_inbound()
        else:
            self.env.cr.execute(IS_SAME_DOOR, kept)
            if not self.env.cr.fetchone():
                raise OutdatedDoor("the settings of connector %d" % self.id)
        accepted = {key for key, number in numbers.items() if number in stored}
        known = {key: message.sha256 for key, (message, _media_type, _headers) in unique.items()}
        known.update(self._hashes_of([key for key in unique if key not in accepted]))
        receipts = []
        for message, _media_type, _headers in items:
            if message.key in accepted:
                accepted.discard(message.key)
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

    def _count_refused(self, receipts, transport):
        for verdict in ("conflict", "invalid"):
            reasons = [receipt.reason for receipt in receipts if receipt.verdict == verdict]
            if reasons:
                self.env["audit.inbound.refusal"]._count(self, transport, verdict, reasons[0], len(reasons))


def _received_entry(door, number, message, transport):
    """The entry that tells of a message, for ``audit.log.entry._rows_of``."""
    return {
        "kind": "inbound.received",
        "direction": "in",
        "actor": "system/inbound",
        "company_id": door.company_id,
        "res_model": "audit.inbound.message",
        "res_id": number,
        "correlation": message.trace or secrets.token_hex(16),
        "payload": canonical.dumps(
            {
                "connector": {"id": door.connector_id, "name": door.name},
                "message": number,
                "message_id": message.id or "",
                "type": message.type or "",
                "sha256": message.sha256,
                "size": len(message.body),
                "transport": transport,
            }
        ),
    }


def _header(headers, name):
    """The value of a header whatever the case of its name."""
    return next((value for key, value in (headers or {}).items() if key.lower() == name), None)


def _kept(headers):
    """The headers that may be stored, as JSON text."""
    kept = ((name.lower(), value) for name, value in (headers or {}).items())
    return json.dumps({name: storable(str(value)[:HEADER_LENGTH]) for name, value in kept if name in HEADERS_KEPT})
