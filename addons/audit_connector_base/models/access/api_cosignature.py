from odoo import api, models
from odoo.exceptions import UserError

from ...core import checkpoint, inbound
from ...core.problem import Refusal
from .api import NO_STORE, Answer

MAX_BYTES = 16_384  # of a note with as many signatures as one may have
MEDIA_TYPE = "text/plain"
NOT_TAKEN = "This is no signed note of a log kept here with the signature of a witness that is registered for it."


class AuditApi(models.AbstractModel):
    """Signatures of witnesses, brought by whoever holds a note that one of them has signed.

    No credentials are asked for: the signature itself shows whose it is, and the key that it fits was registered by an
    administrator. Whatever else is brought has one answer, so nobody learns which logs and witnesses there are.
    """

    _inherit = "audit.api"

    @api.model
    def _take_cosignature(self, asked):
        """Answer ``POST /audit/v1/log/cosignature``: 204 when a registered witness has signed, now or before.

        :raises Refusal: 429 for who comes too often, 415, 411, 413 for what is not worth reading, else 422
        """
        self._check_public_rate(asked)
        try:
            log, known = self._cosigned(self._brought(asked), asked.source)
            if not known:
                raise self._not_taken("no witness that is registered has signed")
        except Refusal as refusal:
            self.env["audit.api.refusal"]._count(None, asked.source, refusal.code, refusal.note or refusal.detail)
            raise
        # Whoever brought it has a note that was signed, so the last one of that log is no secret either.
        return Answer(204, b"", {**NO_STORE, **self.env["audit.log"]._note_header(log.company_id)})

    @api.model
    def _brought(self, asked):
        """Return the ``core.checkpoint.Note`` in a request; raises ``Refusal``."""
        media_type, _semicolon, _charset = (asked.headers.get("Content-Type") or "").partition(";")
        if media_type.strip().lower() != MEDIA_TYPE or asked.headers.get("Content-Encoding"):
            raise Refusal(415, "content-type", "Send the note as %s, not compressed." % MEDIA_TYPE)
        body = asked.read(inbound.check_length(asked.headers, MAX_BYTES))
        try:
            return checkpoint.parse(body)
        except checkpoint.NoteError as error:
            raise self._not_taken(error) from error

    @api.model
    def _cosigned(self, note, source):
        """Return ``(log, how many of its witnesses have signed the note)``; raises ``Refusal``. Sudo: see the class."""
        logs = self.env["audit.log"].sudo()
        try:
            log = logs.search([("origin", "=", note.checkpoint.origin)])
            stored = log and log._stored_as(note)
        except checkpoint.NoteError as error:
            raise self._not_taken(error) from error
        if not stored:
            raise self._not_taken("no such note")
        try:
            known, _new = stored._take_cosignatures(note.signatures, source)
        except UserError as error:
            raise self._not_taken(error) from error
        return log, known

    @api.model
    def _not_taken(self, reason):
        """The one ``Refusal`` for all of it; ``reason``: for our own log only."""
        return Refusal(422, "not-taken", NOT_TAKEN, note=str(reason))
