import logging

from odoo import models

from ...core import checkpoint, log_check
from ...keyring import KeyMissing

_logger = logging.getLogger(__name__)


class AuditLog(models.Model):
    """Which notes of a log are authentic: with which keys, and where else than in the database one is known."""

    _inherit = "audit.log"

    def _notes_between(self, first, end):
        """Return the ``core.log_check.Note`` of sizes above ``first`` up to ``end`` (None: all), ascending.

        Those that are stored, and the one that the signer remembers outside the database. A stored one is authentic
        when one of the keys of the log signed its text, and the text says what the columns say. Sudo: all of them
        count, whoever looks.
        """
        domain = [("log_id", "=", self.id), ("size", ">", first)]
        if end is not None:
            domain.append(("size", "<=", end))
        keys = self._known_keys()
        notes = []
        for stored in self.env["audit.log.checkpoint"].sudo().search(domain):
            said = self._opened(stored.note, keys)
            authentic = bool(said) and (said.size, said.root.hex()) == (stored.size, stored.root)
            notes.append(log_check.Note(stored.size, said.root if authentic else b"", authentic))
        kept = self._opened(self._kept_note(), keys)
        if kept and kept.size > first and (end is None or kept.size <= end):
            notes.append(log_check.Note(kept.size, kept.root, True))
        return sorted(notes)

    def _opened(self, note, keys):
        """Return the ``core.checkpoint.Checkpoint`` of an authentic note (text) of this log, else None."""
        try:
            found = checkpoint.verify(note or "", keys).checkpoint
        except ValueError:
            return None
        return found if found.origin == self.origin else None

    def _known_keys(self):
        """The ``core.checkpoint.VerifierKey`` that this log is or was signed with.

        Those known outside the database, and of keys that were replaced those that entries of the log lead to. Only
        where nothing is known outside, the key is believed that stands in the database.
        """
        named = self._named_key()
        trusted = self._keys_outside() or ({str(named)} if named else set())
        return [checkpoint.parse_key(key) for key in sorted(self._replaced_keys(trusted))]

    def _keys_outside(self):
        """The verifier keys (text) that something outside the database speaks for.

        The files named in ``signing_key``; and the key in the database, when the note that the signer remembers is
        signed with it: so a file that was taken away too early, or is no longer needed for a closed log, is no damage.
        """
        try:
            keys = {str(signer.key) for signer in self._configured_signers()}
        except KeyMissing as error:
            _logger.info("The log %s is verified without a key file: %s", self.origin, error)
            keys = set()
        named = self._named_key()
        if named and self._opened(self._kept_note(), [named]):
            keys.add(str(named))
        return keys

    def _named_key(self):
        """The ``core.checkpoint.VerifierKey`` that the database names; None when it is none."""
        try:
            return checkpoint.parse_key(self.verifier_key or "")
        except ValueError:
            return None

    def _kept_note(self):
        """The note (text) that the signer remembers, None when it cannot tell."""
        try:
            kept = self._memory().recall(self.origin)
        except (OSError, ValueError):
            return None
        return kept and kept[0]
