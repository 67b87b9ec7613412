from odoo import _, fields, models
from odoo.exceptions import UserError

from ...core import canonical
from ...core.inbound import MAX_DEPTH, Unreadable
from .inbound_handler import Mismatch

LISTED = 200  # violations; a message may have them by the million


class AuditInboundMessage(models.Model):
    """From a stored message to its handler."""

    _inherit = "audit.inbound.message"

    def _work(self, data=None):
        """Work on one message: find its handler, check its contract, do it, and say so.

        :param data: its parsed content, where that is at hand
        :raises UserError: when nobody takes it, with what to do
        :raises Mismatch: with every violation of the contract
        """
        self.ensure_one()
        handler = self._handler()
        data = self._data() if data is None else data
        entity, version = handler._contract()
        contract, violations = self.env["audit.contract"]._check(entity, data, version, limit=LISTED + 1)
        if violations:
            count = len(violations) if len(violations) <= LISTED else _("more than %s", LISTED)
            raise Mismatch(
                _(
                    "It does not match the contract %(contract)s (places: %(count)s). Have the sender repair it and "
                    "send it again under a new number, or work on it again when the contract was changed.",
                    contract=contract,
                    count=count,
                ),
                [{"path": violation.path, "text": violation.message} for violation in violations[:LISTED]],
                contract,
            )
        handled = handler._handle(self, data)
        waiting = self.env["audit.exception"].search_count(
            [("brought_by_ids", "in", self.ids), ("state", "in", ("open", "proposed"))]
        )
        record = handled.record
        self.write(
            {
                "state": "exception" if waiting else "processed",
                "reason": handled.sentence,
                "violations": False,
                "checked_against": contract,
                "processed_at": fields.Datetime.now(),
                "lease": False,
                "lease_until": False,
                "res_model": record._name if record else False,
                "res_id": record.id if record else False,
            }
        )
        self._log("inbound.processed", actor="system/inbound", result=handled.sentence, **handled.facts)

    def _handler(self):
        if not self.type:
            raise UserError(
                _(
                    "It does not say of what type it is. Name on the connector where the type stands in its messages, "
                    "then have it worked on again."
                )
            )
        name = self.env["audit.inbound.handler"]._by_type().get(self.type)
        if name is None:
            raise UserError(
                _(
                    "Nothing here takes messages of the type “%s”. Install the addon that does, then have the message "
                    "worked on again; or switch this type off on the platform.",
                    self.type,
                )
            )
        return self.env[name]

    def _data(self):
        """The parsed content; of a CloudEvent its ``data``."""
        self.ensure_one()
        return self._contents()[self.id]

    def _contents(self):
        """Return ``{message id: parsed content}`` with one look at what is stored.

        :raises UserError: for one whose content was erased, or that can no longer be read
        """
        bodies, contents = self._bodies(), {}
        for connector, messages in self.grouped("connector_id").items():
            door = connector._door()
            for message in messages:
                contents[message.id] = message._content(bodies[message.id], door)
        return contents

    def _content(self, body, door):
        if body is None:
            raise UserError(_("Its content was erased under the retention policies, so it cannot be worked on again."))
        if self.transport == "api":
            # What it is the client said by the address; a connector's paths mean nothing here.
            return canonical.loads_strict(body, max_depth=MAX_DEPTH, floats="decimal")
        try:
            return self.connector_id._read_inbound(body, self.message_id, self.content_type, self.headers, door).data
        except Unreadable as error:
            raise UserError(
                _("It cannot be read by what the connector says about its messages by now: %s.", error)
            ) from None

    def _read_again(self):
        """Look anew of what type and about what these messages are, where their connectors say now that it stands.

        Left alone are messages without contents, and those that were never read for it: clients of the API say by the
        address what they send. By what a message is recognised when it comes again stays as it was.
        """
        for connector, messages in self.filtered(lambda one: one.transport != "api").grouped("connector_id").items():
            door = connector._door()
            for message in messages:
                # One at a time, as each may be as large as a message is allowed to be.
                body = message._bodies()[message.id]
                if body is None:
                    continue
                try:
                    read = connector._read_inbound(
                        body, message.message_id, message.content_type, message.headers, door
                    )
                except Unreadable:
                    # The work on it says so.
                    continue
                if (read.type, read.subject) != (message.type or None, message.subject or None):
                    message.write({"type": read.type, "subject": read.subject})

    def _decided(self):
        """Called when an exception of these messages was decided: those without an open one are done."""
        for message in self.filtered(lambda one: one.state == "exception"):
            if not message.exception_ids.filtered(lambda exception: exception.state in ("open", "proposed")):
                message.state = "processed"
