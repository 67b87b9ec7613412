from datetime import datetime, timezone

from odoo import _, models
from odoo.exceptions import UserError

from ...core import checkpoint

# Written anew as it is: of two who bring a signature of one witness at once, the second starts again and sees it.
TOUCH = "UPDATE audit_log_anchor_target SET write_date = write_date WHERE id = %s"


class AuditLog(models.Model):
    """Notes that come back with the signatures of witnesses, through the dialog or by the route for outsiders."""

    _inherit = "audit.log"

    def _stored_as(self, note):
        """Return the stored note (``audit.log.checkpoint``) of this log that has the text of a ``Note``, else none.

        Sudo: who may ask is checked by whoever calls.

        :raises core.checkpoint.NoteError: when the text is none of a checkpoint
        """
        of_size = [("log_id", "=", self.id), ("size", "=", note.checkpoint.size)]
        stored = self.env["audit.log.checkpoint"].sudo().search(of_size)
        return stored.filtered(lambda one: checkpoint.parse(one.note).text == note.text)[:1]


class AuditLogCheckpoint(models.Model):
    _inherit = "audit.log.checkpoint"

    def _take_cosignatures(self, signatures, source=""):
        """Keep what known witnesses have signed under this note, of each the earliest signature and never a second.

        So nobody fills the log with signatures, and a later one would prove no earlier time. Sudo: witnesses hold no
        rights; who may bring their signatures is checked by whoever calls.

        :param signatures: of type ``core.checkpoint.Signature``; those of keys that nobody registered are ignored
        :param source: where they came from, when it was not a person who brought them
        :return: ``(how many witnesses have signed, how many of them for the first time)``
        :raises UserError: when a signature of a known key is wrong; nothing is kept then
        """
        self.ensure_one()
        text, new = checkpoint.parse(self.note).text, 0
        holders = self.env["audit.log.anchor.target"].sudo()
        witnesses = holders.search([("kind", "=", "witness"), ("company_id", "=", self.company_id.id)])
        signed = {witness: witness._signed(text, signatures) for witness in witnesses}
        signed = {witness: own for witness, own in signed.items() if own}
        for witness, own in signed.items():
            self.env.cr.execute(TOUCH, [witness.id])
            if self.env["audit.log.anchor"].sudo().search_count(witness._has_signed(self), limit=1):
                continue
            new += 1
            seconds, line = min(own)
            at = datetime.fromtimestamp(min(seconds, 2**32), timezone.utc).replace(tzinfo=None)
            detail = checkpoint.parse_key(witness.witness_key).name
            if source:
                detail = _("%(key)s, sent from %(sender)s", key=detail, sender=source)
            witness._record_anchor(self, {"state": "done", "proven_at": at, "content": line, "detail": detail})
        return len(signed), new


class AuditLogAnchorTarget(models.Model):
    _inherit = "audit.log.anchor.target"

    def _signed(self, text, signatures):
        """Return ``[(time in Unix seconds, line), …]`` of the signatures of this witness; raises ``UserError``."""
        key = checkpoint.parse_key(self.witness_key)
        own = [one for one in signatures if (one.name, one.key_id) == (key.name, key.id)]
        try:
            return [(key.verify(text, one), one.line) for one in own]
        except checkpoint.InvalidSignature as error:
            text = _("The signature of “%(name)s” is wrong: %(reason)s", name=self.name, reason=error)
            raise UserError(text) from error

    def _has_signed(self, note):
        """The domain of what this witness has signed of a stored note."""
        return [("target_id", "=", self.id), ("checkpoint_id", "=", note.id), ("state", "=", "done")]
