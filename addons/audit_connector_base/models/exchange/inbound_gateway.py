import logging
import re

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import config

from ... import compat
from ...core import inbound, verification
from ...core.inbound import Unreadable
from ...core.problem import Refusal
from ...core.rate import Buckets
from ..connector.inbound import DEFAULT_RATE

_logger = logging.getLogger(__name__)
_buckets = Buckets()

DEFAULT_MAX_SIZE = 8 * 1024 * 1024
CONFLICTS_SHOWN = 100
_CODE = re.compile(r"[A-Za-z0-9_-]{16,64}")


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
        try:
            proxies = verification.networks(compat.audit_options().get("proxies", ""))
        except ValueError:
            _logger.error("[audit] proxies in odoo.conf names something that is neither an address nor a network")
            proxies = ()
        address, trusted = verification.sender_address(peer, headers.get("X-Forwarded-For"), proxies)
        return verification.source_of(address), trusted

    @api.model
    def _inbound_connector(self, code):
        """Return the connector that receives at ``code``, or none. Sudo: senders hold no rights."""
        if not _CODE.fullmatch(code):
            return self.sudo().browse()
        return self.sudo().search([("inbound_code", "=", code), ("inbound_active", "=", True)], limit=1)

    def _check_rate(self, code, source):
        """Raise ``Refusal`` (429) when ``source`` comes faster than the connector allows. ``self`` may be empty."""
        key = (self.env.cr.dbname, self.id or code[:64], source)
        seconds = _buckets.take(key, self.inbound_rate or DEFAULT_RATE, config["workers"] or 1)
        if seconds:
            raise Refusal(429, "rate", "Too many requests. Come again later.", {"Retry-After": str(seconds)})

    def _accept(self, headers, body, media_type, through_proxy):
        """Verify, read and store one request.

        :return: ``(HTTP status, dict for the answer)``
        :raises Refusal: when nothing of it was accepted; then nothing is stored
        """
        if not self:
            verification.verify_as_nobody(headers, body)
        covered_id = verification.verify(self._inbound_scheme(), self._inbound_secrets(), headers, body, through_proxy)
        is_batch, members = inbound.split(media_type, body)
        kept = dict(headers.items())
        read = self._read_members(members, is_batch, covered_id, media_type, kept)
        receipts = self._store_inbound([(message, media_type, kept) for message in read], "http")
        answer = _answer(receipts, is_batch)
        if "conflicts" in answer[1]:
            self._count_refused(receipts, "http")
        return answer

    def _inbound_secrets(self):
        """The secrets to verify with; raises ``Refusal`` (503) when they are there and cannot be opened."""
        if self.inbound_verification == "mutual_tls":
            return []
        try:
            return self._secrets_of("verification")
        except UserError as error:
            raise Refusal(
                503, "unavailable", "The request cannot be verified now. Send it again later.", {"Retry-After": "300"},
                note=str(error),
            ) from error  # fmt: skip

    def _read_members(self, members, is_batch, covered_id, media_type, headers):
        """Read every member, or refuse all of them naming those that cannot be read."""
        read, errors = [], []
        # The number that the signature covers is that of a whole batch; its members are told apart by their own.
        message_id = None if is_batch else covered_id
        for number, body in enumerate(members):
            try:
                message = self._read_inbound(body, message_id, media_type, headers)
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
