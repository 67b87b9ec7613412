from odoo import _, api, fields, models

from ... import log_keys
from ...core import checkpoint
from ...core.signer_memory import MemoryUnusable, SignerMemory
from ...keyring import KeyMissing
from ...transaction import short_transaction
from .marks import Marks
from .tree import Tree

UNSIGNED = """
SELECT f.entry_id, e.log_id, encode(e.entry, 'escape'), e.mac
  FROM audit_log_leaf f LEFT JOIN audit_log_entry e ON e.id = f.entry_id
 WHERE f.log_id = %s AND f.index >= %s AND f.index < %s
"""


class Contradiction(Exception):
    """What the database holds does not continue what was signed. ``kind``: as in ``audit.log.frozen_kind``."""

    def __init__(self, kind, note):
        super().__init__(note)
        self.kind, self.note = kind, note


class AuditLog(models.Model):
    """Signing the head of the tree, with a key and a memory outside the database.

    The signer signs nothing that contradicts its last note: a log that was shortened, put back to an older state,
    copied or rewritten is stopped, and somebody is told. What is recorded meanwhile waits.
    """

    _inherit = "audit.log"

    @api.model
    def _memory(self):
        return SignerMemory(log_keys.state_dir())

    def _signers(self):
        """Return the ``core.checkpoint.Signer`` of this log as a list of one; for a new log that of the first key.

        :raises KeyMissing: when the key of this log is not among those configured
        """
        signers = self._configured_signers()
        if not self.verifier_key:
            return signers[:1]
        for signer in signers:
            if str(signer.key) == self.verifier_key:
                return [signer]
        raise KeyMissing(
            "The key that signs the log %s is not among those in signing_key of [audit] in odoo.conf. Put it back "
            "behind the new one; then replace it with the button on the log." % self.origin
        )

    def _configured_signers(self):
        return [checkpoint.Signer(self.origin, log_keys.seed(key)) for key in log_keys.signing_keys()]

    def _sign(self, signers, sealed=(0, 0)):
        """Sign the head of what is committed, if it is not signed yet; returns whether the log may go on.

        :param signers: list of ``core.checkpoint.Signer``; that of a key which was replaced signs along once
        :param sealed: ``(first, end)`` index of the leaves that this run of the sealer has put into the tree
        """
        try:
            memory = self._memory()
            with memory.locked(self.origin):
                with short_transaction(self.env.registry) as env:
                    note = env["audit.log"].browse(self.id)._next_note(memory, signers, sealed)
                if note:
                    memory.keep(self.origin, str(note), self.database_uuid)
            # The note of a run that was killed before it could store it is stored by the next one.
            self._store_note(memory.recall(self.origin))
        except Contradiction as contradiction:
            self._freeze(contradiction.kind, contradiction.note)
            return False
        except MemoryUnusable as error:
            # As when a disk is full: nothing is wrong with the log, and it goes on when the folder can be used again.
            self._report_unsigned(_("The folder in which the signer remembers (state_dir) cannot be used: %s", error))
            return False
        except KeyMissing as error:
            self._report_unsigned(str(error))
            return False
        self._report_signed_again()
        return True

    def _next_note(self, memory, signers, sealed):
        """Return the ``Note`` to sign now, None when the head is signed already; raises ``Contradiction``."""
        tree = Tree(self.env.cr, self.id)
        size = tree.size()
        last, signed_by = self._remembered_note(memory, size)
        if not size:
            # Entry 0 tells who the log is, so there is nothing to sign before it.
            return None
        root = tree.root(size)
        if root is None:
            raise Contradiction("gap", _("The tree of %s entries has a gap.", size))
        if last:
            self._check_continues(last, tree, size)
            if size == last.size:
                return None
        unsigned = last.size if last else 0, size
        if unsigned != sealed:
            self._check_marks(*unsigned)
        all_signers = self._former_signers(signed_by) + signers
        return checkpoint.sign(checkpoint.Checkpoint(self.origin, size, root), all_signers)

    def _former_signers(self, signed_by):
        """The signers of the last note, once more beside the one of today, when the key was replaced since.

        :param signed_by: ``core.checkpoint.VerifierKey`` whose signatures the last note carries
        """
        if not signed_by or self.verifier_key in map(str, signed_by):
            return []
        former = [signer for signer in self._configured_signers() if signer.key in signed_by]
        if not former:
            raise KeyMissing(
                "The former key of the log %s is needed once more, for the note that carries both signatures. Put its "
                "file back behind the new one in signing_key of [audit] in odoo.conf." % self.origin
            )
        return former

    def _remembered_note(self, memory, size):
        """Return the ``Checkpoint`` that was signed last and the keys that signed it; None for a log never signed."""
        try:
            kept = memory.recall(self.origin)
            if kept:
                verified = checkpoint.verify(kept[0], self._known_keys())
                return verified.checkpoint, verified.signed_by
        except ValueError as error:
            note = _("What the signer kept is not a note of this log: %s", error)
            raise Contradiction("memory_damaged", note) from None
        if size > 1 or self.env["audit.log.checkpoint"].sudo().search_count([("log_id", "=", self.id)], limit=1):
            raise Contradiction(
                "memory_missing", _("The log has %s entries, but the signer remembers none of them.", size)
            )
        return None, ()

    def _check_continues(self, last, tree, size):
        if size < last.size:
            raise Contradiction(
                "truncated",
                _("%(signed)s entries were signed, and %(there)s are there.", signed=last.size, there=size),
            )
        if tree.root(last.size) != last.root:
            raise Contradiction("forked", _("The first %s entries are not those that were signed.", last.size))

    def _check_marks(self, first, end):
        """Leaves that another run left behind unsigned, when it was killed, or that somebody else put there."""
        origins = {log.id: log.origin for log in self._with_closed()}
        self.env.cr.execute(UNSIGNED, [self.id, first, end])
        marks = Marks(self.env.cr, origins)
        for entry_id, log_id, entry, mac in self.env.cr.fetchall():
            marks.passes(entry_id, log_id, entry, mac)
        marks.let_in()
        if marks.refused:
            raise Contradiction(
                "foreign", _("%s entries stand in the tree that the sealer has not put there.", len(marks.refused))
            )

    def _store_note(self, kept):
        """Store the last note beside the log, unless it is there."""
        if not kept:
            return
        said = checkpoint.parse(kept[0]).checkpoint
        with short_transaction(self.env.registry) as env:
            stored = env["audit.log.checkpoint"].search([("log_id", "=", self.id), ("size", "=", said.size)], limit=1)
            if not stored or stored.note != kept[0]:
                env["audit.log.checkpoint"].create(
                    {"log_id": self.id, "size": said.size, "root": said.root.hex(), "note": kept[0]}
                )

    def _freeze(self, kind, note):
        """Stop sealing and tell somebody. What is recorded goes on waiting, nothing is lost."""
        with short_transaction(self.env.registry) as env:
            log = env["audit.log"].browse(self.id)
            if log.frozen_kind:
                return
            log.write({"frozen_kind": kind, "frozen_note": note, "frozen_at": fields.Datetime.now()})
            log._report_stopped(note)
