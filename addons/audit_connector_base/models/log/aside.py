"""What an entry that was set aside is at this moment: people decide on what they were shown, not on what it becomes."""

import hashlib
from typing import NamedTuple

from ...core import log_check
from .stored_log import as_stored

ENTRY = """
SELECT 0, e.entry, e.uuid, e.time, e.kind, e.direction, e.actor, e.company_id, e.res_model, e.res_id, e.correlation,
       e.commitment, p.entry_id IS NOT NULL, p.salt, p.payload, p.erased_by
  FROM audit_log_entry e LEFT JOIN audit_log_payload p ON p.entry_id = e.id
 WHERE e.id = %s
"""


class Aside(NamedTuple):
    """``entry``: its bytes; ``sha256``: of these, in hex digits; ``is_as_shown``: whether what people are shown of it,
    the columns and the content, is what the bytes say."""

    entry: bytes
    sha256: str
    is_as_shown: bool


def entry_aside(cr, entry_id):
    """Return the ``Aside`` of an entry, None when it is gone."""
    cr.execute(ENTRY, [entry_id])
    row = cr.fetchone()
    if not row or row[1] is None:
        return None
    stored = as_stored(row)
    return Aside(stored.entry, hashlib.sha256(stored.entry).hexdigest(), log_check.content_damage(stored) is None)
