"""Whether an entry without content lost it by an erasure that was approved."""

import json
from datetime import datetime

from .marks import Marks

# First words of the kinds of entries whose content no policy erases: what proves how the suite was run, and says little
# of persons, is kept as long as the log.
NEVER_ERASED = (
    "anchor", "api_client", "configuration", "contract", "destination", "entry", "identity", "key", "log", "package",
    "retention", "secret",
)  # fmt: skip
APPROVALS = """
SELECT a.uuid, a.company_id, a.id, a.log_id, encode(a.entry, 'escape'), a.mac, p.payload, l.origin,
       EXISTS (SELECT 1 FROM audit_log_leaf f WHERE f.entry_id = a.id)
  FROM audit_log_entry a
  JOIN audit_log_payload p ON p.entry_id = a.id
  LEFT JOIN audit_log l ON l.id = a.log_id
 WHERE a.uuid = ANY(%s) AND a.kind = 'retention.approved'
"""


class ApprovedErasures:
    """The approvals that erased entries name, on one cursor.

    An approval counts when it is sealed, or carries our mark and waits for it. That it is what was sealed, with its
    content, is found out where its own place in the log is verified.
    """

    def __init__(self, cr):
        self._cursor = cr
        self._known = {}

    def look_up(self, uuids):
        """Read these approvals, in one query however many entries name them."""
        missing = sorted(set(uuids) - self._known.keys())
        if not missing:
            return
        self._known.update(dict.fromkeys(missing))
        self._cursor.execute(APPROVALS, [missing])
        for uuid, company_id, entry_id, log_id, entry, mac, payload, origin, sealed in self._cursor.fetchall():
            if sealed or Marks(self._cursor, {log_id: origin}).passes(entry_id, log_id, entry, mac):
                self._known[uuid] = company_id, _latest(payload)

    def cover(self, uuid, company_id, time, kind):
        """Whether the approval ``uuid`` is of the company and lets go what was recorded at ``time`` (naive, UTC).

        Of entries of some kinds nobody can approve it.
        """
        if kind.partition(".")[0] in NEVER_ERASED:
            return False
        approved_for, before = self._known.get(uuid) or (None, None)
        return before is not None and approved_for == company_id and time < before


def _latest(payload):
    """The time before which contents of the log may go, after the content of an approval; None when it names none."""
    try:
        lines = json.loads(bytes(payload or b""))["lines"]
        return max(datetime.fromisoformat(line["before"]) for line in lines if line["kind"] == "log")
    except (ValueError, KeyError, TypeError):
        return None
