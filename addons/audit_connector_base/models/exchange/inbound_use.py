import threading
from collections import Counter

from odoo import models

from ...core import verification
from ...core.problem import Refusal
from ...transaction import short_transaction

_lock = threading.Lock()
_uses = Counter()


def note_uses(registry):
    """Write what was counted in this process since the last time; called a few times a second at most."""
    with _lock:
        counts = {key: count for key, count in _uses.items() if key[0] == registry.db_name}
        for key in counts:
            del _uses[key]
    if counts:
        with short_transaction(registry) as env:
            for (_database, credential_id), count in counts.items():
                env["audit.credential"].browse(credential_id)._note_use("verification", "system/inbound", count)


class AuditConnector(models.Model):
    """Which secret a request was verified with: while secrets are changed over, it tells when the former can end."""

    _inherit = "audit.connector"

    def _note_verified(self, door, headers, body):
        """Count the use of the secret that a request was verified with, once the request is committed."""
        if not door.credential_ids:
            return
        data, key = self.env.cr.postcommit.data, "audit.verified"
        if key not in data:
            database = self.env.cr.dbname

            @self.env.cr.postcommit.add
            def count():
                with _lock:
                    _uses[database, data.pop(key)] += 1

        data[key] = door.credential_ids[_matching(door, headers, body)]


def _matching(door, headers, body):
    """Position of the secret that verifies what all of them together have verified already."""
    for position, secret in enumerate(door.secrets[:-1]):
        try:
            verification.verify(door.scheme, [secret], headers, body)
        except Refusal:
            continue
        return position
    return len(door.secrets) - 1
