import logging
from functools import lru_cache

from odoo import api, models
from odoo.tools import config

from ... import compat
from ...core import inbound, verification
from ...core.inbound import Unreadable
from ...core.problem import Refusal
from ...core.rate import Buckets
from ..connector.inbound import DEFAULT_RATE
from .inbound_door import OutdatedDoor, is_code

_logger = logging.getLogger(__name__)
_buckets = Buckets()

DEFAULT_MAX_SIZE = 8 * 1024 * 1024
CONFLICTS_SHOWN = 100


class AuditConnector(models.Model):
    """The gateway: what the HTTP route does once it holds the bytes. It knows nothing of HTTP but headers."""

    _inherit = "audit.connector"

    @api.model
    def _inbound_max_size(self):
        """Bytes that one request may have, for all connectors. Sudo: senders hold no rights."""
        value = self.env["ir.config_parameter"].sudo().get_param("audit.inbound_max_size", "")
        return int(value) if value.isdigit() and int(value) > 0 else DEFAULT_MAX_SIZE

    @api.model
    def _inbound_sender(self, peer, headers):
        """Return ``(source, whether a listed proxy is the peer)``; see ``[audit] proxies`` in odoo.conf."""
        address, trusted = self._sender_address(peer, headers)
        return self._source_of(address), trusted

    @api.model
    def _source_of(self, address):
        """Return what senders are counted by; see ``core.verification``."""
        return verification.source_of(address)

    @api.model
    def _sender_address(self, peer, headers):
        """Return ``(address of the sender, whether a listed proxy is the peer)``; see ``_inbound_sender``."""
        try:
            proxies = _proxies(compat.audit_options().get("proxies", ""))
        except ValueError:
            _logger.error("[audit] proxies in odoo.conf names something that is neither an address nor a network")
            proxies = ()
        return verification.sender_address(peer, headers.get("X-Forwarded-For"), proxies)

    @api.model
    def _check_rate(self, door, source):
        """Raise ``Refusal`` (429) when ``source`` comes faster than it may. ``door``: None where nobody receives.

        Addresses where nobody receives count together: whoever tries one after the other is one sender.
        """
        key = (self.env.cr.dbname, door.connector_id if door else None, source)
        seconds = _buckets.take(key, door.rate if door else DEFAULT_RATE, config["workers"] or 1)
        if seconds:
            raise Refusal(429, "rate", "Too many requests. Come again later.", {"Retry-After": str(seconds)})

    @api.model
    def _approach(self, code, source):
        """Judge by the address and the sender alone whether the body of a request is worth reading.

        Of an address where nobody receives but somebody might, it is: otherwise the time of the answer would tell
        which addresses there are. Such requests are slowed down together.

        :return: the ``Door`` at the address, None where nobody receives
        :raises Refusal: 429 when ``source`` comes too fast, 401 where nobody can ever receive
        """
        door = self._kept_door(code) or self._door_at(code)
        self._check_rate(door, source)
        if not is_code(code):
            raise verification.as_nobody()
        return door

    @api.model
    def _accept_at(self, door, code, source, headers, body, media_type, through_proxy):
        """Let in one request at an address; see ``_accept``, which this calls with the settings as they are now.

        They are first those of ``door``, which were known before the body came. A change since then, or one that this
        process has not seen, shows when something is stored, or before a refusal is believed.
        """
        try:
            return self._accept(door, headers, body, media_type, through_proxy)
        except (Refusal, OutdatedDoor) as error:
            now = self._door_at(code) if door else None
            if now is door:
                raise
            _logger.debug("The settings of connector %s have changed: %s", code, error)
        if not now or now.rate != door.rate:
            self._check_rate(now, source)
        return self._accept(now, headers, body, media_type, through_proxy)

    @api.model
    def _accept(self, door, headers, body, media_type, through_proxy):
        """Verify, read and store one request.

        :param door: the ``Door`` of the connector, None where nobody receives
        :return: ``(HTTP status, dict for the answer)``
        :raises Refusal: when nothing of it was accepted; then nothing is stored
        :raises OutdatedDoor: when the settings have changed since ``door`` was made; nothing is stored
        """
        if door is None:
            verification.verify_as_nobody(headers, body)
        if door.trouble:
            detail = "The request cannot be verified now. Send it again later."
            raise Refusal(503, "unavailable", detail, {"Retry-After": "300"}, note=door.trouble)
        covered_id = verification.verify(door.scheme, door.secrets, headers, body, through_proxy)
        self._note_verified(door, headers, body)
        try:
            return self._take_in(door, headers, body, media_type, covered_id)
        except Refusal as refusal:
            # A sender who has proven itself holds a note, whatever becomes of its message.
            company = self.env["res.company"].browse(door.company_id)
            refusal.headers = {**refusal.headers, **self.env["audit.log"]._note_header(company)}
            raise

    @api.model
    def _take_in(self, door, headers, body, media_type, covered_id):
        """Read and store a request whose sender was verified; see ``_accept``."""
        is_batch, members = inbound.split(media_type, body)
        kept = dict(headers.items())
        read = self._read_members(door, members, is_batch, covered_id, media_type, kept)
        connector = self.browse(door.connector_id)
        receipts = connector._store_inbound([(message, media_type, kept) for message in read], "http", door)
        answer = _answer(receipts, is_batch)
        if "conflicts" in answer[1]:
            connector._count_refused(receipts, "http")
        return answer

    @api.model
    def _read_members(self, door, members, is_batch, covered_id, media_type, headers):
        """Read every member, or refuse all of them naming those that cannot be read."""
        read, errors = [], []
        # The number that the signature covers is that of a whole batch; its members are told apart by their own.
        message_id = None if is_batch else covered_id
        for number, body in enumerate(members):
            try:
                message = self._read_inbound(body, message_id, media_type, headers, door)
            except Unreadable as error:
                errors.append({"index": number, "detail": str(error)})
                if len(errors) == inbound.MAX_ERRORS:
                    break
            else:
                read.append(message)
        if errors:
            detail = errors[0]["detail"]
            raise Refusal(
                400,
                "unreadable",
                "Message %d of the batch: %s. Nothing was accepted." % (errors[0]["index"], detail)
                if is_batch
                else "The body cannot be read: %s." % detail,
                errors=errors,
            )
        return read


@lru_cache(maxsize=4)
def _proxies(text):
    return verification.networks(text)


def _answer(receipts, is_batch):
    """The answer to what was stored.

    A batch of which something was accepted, now or before, is answered 202 and names the conflicts; one of nothing but
    conflicts is a 409, as a conflict that came alone.
    """
    conflicts = [
        {"index": number, "id": receipt.message_id, "detail": receipt.reason}
        for number, receipt in enumerate(receipts)
        if receipt.verdict == "conflict"
    ]
    if conflicts and len(conflicts) == len(receipts):
        raise Refusal(
            409,
            "conflict",
            "Another message was received under this id before. Nothing was changed."
            if not is_batch
            else "Other messages were received under all of these ids before. Nothing was changed.",
            conflicts=conflicts[:CONFLICTS_SHOWN],
        )
    answer = {
        "accepted": sum(receipt.verdict == "accepted" for receipt in receipts),
        "duplicates": sum(receipt.verdict == "duplicate" for receipt in receipts),
    }
    if conflicts:
        answer["conflicts"] = conflicts[:CONFLICTS_SHOWN]
    return 202, answer
