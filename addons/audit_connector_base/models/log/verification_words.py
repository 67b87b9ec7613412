from odoo import _, models

from ...core import erasures, log_check
from .verification import OTHER_KEY


class AuditLogVerification(models.Model):
    """What a verification found, in sentences for people."""

    _inherit = "audit.log.verification"

    def _explained(self):
        """What was found, in a sentence."""
        if self.state == "running":
            return _("%(checked)s of %(size)s entries verified so far.", checked=self.checked, size=self.size)
        if self.state == "verified":
            found = _("All %s entries are what was sealed, and lead to the signed notes.", self.size)
            return "%s %s" % (found, self._reservation()) if self.by_own_key else found
        index, detail = self.first_index, self.detail
        said = {
            OTHER_KEY: _(
                "The verifier key that the database names for this log, %s, is of none of the key files outside the "
                "database, and the signer does not remember it: somebody exchanged it, or the file of the key was "
                "removed from signing_key in odoo.conf. Entries from the first on may have been written anew.", detail,
            ),
            log_check.CHANGED: _("Entry %s is not what was sealed.", index),
            log_check.MISSING: _("Entry %s is missing.", index),
            log_check.INSERTED: _("At place %s stands an entry that was never sealed there.", index),
            log_check.REORDERED: _("From entry %s on the order was changed.", index),
            log_check.TRUNCATED: _(
                "The log ends before entry %(index)s, although %(signed)s entries were signed.",
                index=index, signed=detail,
            ),
            log_check.FORGED: _(
                "The note of %(size)s entries was not signed with a key of this log. The entries before %(index)s fit "
                "an authentic one.", size=detail, index=index,
            ),
            log_check.COLUMN: _(
                "What the screens show of entry %(index)s (%(column)s) is not what was sealed.", index=index,
                column=detail,
            ),
            log_check.PAYLOAD: _("The content shown beside entry %s is not what was sealed.", index),
            log_check.UNAPPROVED: self._why_unapproved(),
            log_check.NEVER_ERASED: _(
                "The content of entry %s is gone, although it is of a kind that is always kept and that nobody can "
                "approve the erasure of.", index,
            ),
            log_check.EXCEEDED: _(
                "The content of entry %(index)s was erased under an approval of %(allowed)s contents of this log, "
                "and that many were gone before it.", index=index, allowed=detail,
            ),
        }  # fmt: skip
        if self.kind == log_check.CHANGED and detail and not detail.isdigit():
            return _(
                "Entry %(index)s is what was sealed, and yet no entry of a log (%(detail)s): it was let in or sealed "
                "without Odoo having written it.",
                index=index,
                detail=detail,
            )
        if self.kind == log_check.CHANGED and detail.isdigit():
            return _(
                "Entries were changed together with the tree. Not before entry %(index)s, and the signed note of "
                "%(size)s entries does not fit any more.",
                index=index,
                size=detail,
            )
        return said.get(self.kind, "")

    def _why_unapproved(self):
        """Why what is said to be erased was not, in a sentence."""
        found = {
            erasures.NOT_ASKED: _("nobody had asked for that erasure in this log when it was approved"),
            erasures.SAME_PERSON: _("it was approved by the person who had asked for it"),
            erasures.NOT_CONFIRMED: _("whoever approved it did not confirm that with the password"),
            erasures.OTHER_CONTENTS: _("what was approved is not what had been asked for"),
            erasures.AGAIN: _("it names a second approval of a run that had been approved before"),
            erasures.OUTSIDE: _("the entry is not among those that were approved"),
        }.get(self.detail, _("no approved erasure of it is recorded"))
        return _("The content of entry %(index)s is gone, and %(reason)s.", index=self.first_index, reason=found)

    def _reservation(self):
        return _(
            "They were verified with the key that the database names itself, as Odoo has no key file: whoever can "
            "write to the database could have exchanged both. Name the key in signing_key of odoo.conf."
        )
