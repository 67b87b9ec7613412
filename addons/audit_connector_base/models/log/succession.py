import base64

from odoo import _, api, models
from odoo.exceptions import UserError

from ... import log_keys
from ...core import canonical, checkpoint, merkle
from ...core.signer_memory import MemoryUnusable
from ...keyring import KeyMissing
from ...transaction import short_transaction
from .sealer import LOCK_CLASS
from .tree import Tree

REPLACED = """
SELECT p.payload
  FROM audit_log_entry e
  JOIN audit_log_leaf f ON f.entry_id = e.id
  JOIN audit_log_payload p ON p.entry_id = e.id
 WHERE e.res_model = %s AND e.res_id = %s AND e.kind = 'key.rotated' AND f.log_id = %s
 ORDER BY f.index DESC
"""


class AuditLog(models.Model):
    """What has to be done by hand: replace the key of a log, confirm that a database was moved, begin a new log.

    Each asks for a reason, which stands in the log afterwards with the name of the person. The wizard sees to it who
    may; these methods are the superuser's.
    """

    _inherit = "audit.log"

    @api.model
    def _newest_signer_key(self):
        """The verifier key (text) that the first of ``signing_key`` has for this log; raises ``KeyMissing``."""
        return str(checkpoint.Signer(self.origin, log_keys.seed(log_keys.signing_keys()[0])).key)

    def _replace_key(self, reason):
        """Let the first of ``signing_key`` sign from now on: said in an entry, whose note carries both signatures."""
        self.ensure_one()
        with short_transaction(self.env.registry) as lock_env:
            log = self._alone(lock_env)
            if log.state != "open" or log.frozen_kind:
                raise UserError(_("The log does not go on at present. See to that first."))
            try:
                (old,) = log._signers()
                new = log._newest_signer_key()
            except KeyMissing as error:
                raise UserError(str(error)) from None
            if not log.verifier_key or new == log.verifier_key:
                raise UserError(
                    _(
                        "The key in front is the one in use. Make another with ./setup/key signing, put its file in "
                        "front of the old one in signing_key of [audit] in odoo.conf, and restart Odoo."
                    )
                )
            if log._sign([old]):
                said = {"vkey": new, "replaces": log.verifier_key, "reason": reason, "by": self.env.user.name}
                log._seal_statement("key.rotated", said, self._actor(), {"verifier_key": new})
                log.invalidate_recordset()
                log._sign(log._signers())
        self._after_change()

    def _confirm_move(self, reason):
        """Go on with a database that has another number, or whose signer lost its memory, under the same name.

        :raises UserError: when the log does not fit its last signed note, so that going on would contradict it
        """
        self.ensure_one()
        with short_transaction(self.env.registry) as lock_env:
            log = self._alone(lock_env)
            if log.state != "open" or not log._may_confirm_move():
                raise UserError(_("There is no move to confirm."))
            if log.verifier_key:
                log._remember_last_note()
            self._append_statement(
                lock_env, log, "log.moved",
                {"from": log.database_uuid, "to": log._database_uuid(), "reason": reason, "by": self.env.user.name},
            )  # fmt: skip
            log.write(
                {
                    "database_uuid": log._database_uuid(),
                    "frozen_kind": False,
                    "frozen_note": False,
                    "frozen_at": False,
                }
            )
            log._settle_stop(self.env.user)
        self._after_change()

    def _may_confirm_move(self):
        elsewhere = self.database_uuid != self._database_uuid()
        return elsewhere or self.frozen_kind in ("moved", "memory_missing", "memory_damaged")

    def _remember_last_note(self):
        """Let the signer remember the last stored note, once the tree was found to fit it.

        What it remembers already wins: a note of more entries than are there forbids to go on. Sudo: the last note
        counts, whoever looks.
        """
        keys = self._known_keys()
        tree = Tree(self.env.cr, self.id)
        stored = self.env["audit.log.checkpoint"].sudo().search([("log_id", "=", self.id)], limit=1)
        notes = [note for note in (stored.note, self._kept_note()) if self._opened(note, keys)]
        if not notes:
            raise UserError(_("There is no signed note of this log to go on from. Begin a new log."))
        last = max(notes, key=lambda note: self._opened(note, keys).size)
        said = self._opened(last, keys)
        if said.size > tree.size() or tree.root(said.size) != said.root:
            raise UserError(
                _(
                    "The log does not fit its last signed note, of %s entries: something is missing or was changed. "
                    "Verify it, look for a newer backup, or begin a new log.",
                    said.size,
                )
            )
        try:
            memory = self._memory()
            with memory.locked(self.origin):
                memory.keep(self.origin, last, self._database_uuid())
        except MemoryUnusable as error:
            raise UserError(_("The folder named in state_dir cannot be used: %s", error)) from None

    def _begin_anew(self, reason):
        """Close this log and begin another, whose entry 0 names this one with the last size and root known of it.

        :return: the new log
        """
        self.ensure_one()
        with short_transaction(self.env.registry) as lock_env:
            log = self._alone(lock_env)
            if log.state != "open":
                raise UserError(_("Another log continues this one already."))
            log.write({"state": "closed"})
            log.flush_recordset()
            new_id, origin = log._create_log(log.company_id.id or 0, predecessor=log)
            new = log.browse(new_id)
            facts = {"reason": reason, "by": self.env.user.name, "origin": origin, "continues": log.origin}
            self._append_statement(lock_env, new, "log.continued", facts)
            log._settle_stop(self.env.user)
        self._after_change()
        return self.browse(new_id)

    def _last_known(self):
        """What entry 0 of the log that continues this one says of it. Sudo: the last note counts, whoever looks."""
        keys = self._known_keys()
        stored = self.env["audit.log.checkpoint"].sudo().search([("log_id", "=", self.id)], limit=1)
        opened = [self._opened(note, keys) for note in (stored.note, self._kept_note())]
        last = max((one for one in opened if one), key=lambda one: one.size, default=None)
        size, root = (last.size, last.root) if last else (0, merkle.EMPTY_ROOT)
        return {"origin": self.origin, "size": str(size), "root": base64.b64encode(root).decode()}

    def _alone(self, lock_env):
        """This log in an environment of a transaction that keeps every sealer away from it; waits for them."""
        lock_env.cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, self.id])
        return lock_env["audit.log"].browse(self.id)

    def _append_statement(self, env, log, kind, facts):
        env["audit.log.entry"]._append_facts(kind, [(log.company_id, (log._name, log.id), facts)], actor=self._actor())

    def _actor(self):
        return "user/%d" % self.env.uid

    def _after_change(self):
        """Let every process look up again which log it writes for."""
        self.env.registry.clear_cache()
        self._forget_notes()
        self.invalidate_model()

    def _replaced_keys(self, trusted):
        """Return ``trusted`` and the verifier keys (text) that sealed entries say were replaced by one of them."""
        self.env.cr.execute(REPLACED, [self._name, self.id, self.id])
        trusted = set(trusted)
        for (payload,) in self.env.cr.fetchall():
            try:
                said = canonical.loads_strict(bytes(payload or b""))
                key = checkpoint.parse_key(said["replaces"])
            except (ValueError, KeyError, TypeError):
                continue
            if said.get("vkey") in trusted and key.name == self.origin:
                trusted.add(str(key))
        return trusted
