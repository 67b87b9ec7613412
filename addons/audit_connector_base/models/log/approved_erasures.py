"""Whether an entry without content lost it by an erasure that was approved."""

from itertools import groupby

from ...core import canonical, erasures, log_check, log_entry
from .marks import Marks

# All that the log tells of the runs of these approvals, in the order of the logs: what waits to be sealed comes last.
TOLD = """
SELECT approval.uuid, coalesce(f.log_id, told.log_id) AS log, told.id, told.log_id, encode(told.entry, 'escape'),
       told.mac, l.origin, f.index, p.salt, p.payload
  FROM audit_log_entry approval
  JOIN audit_log_entry told ON told.res_model = approval.res_model AND told.res_id = approval.res_id
   AND (told.kind LIKE 'retention.%%' AND told.kind <> 'retention.listed' OR told.kind = 'identity.confirmed')
  LEFT JOIN audit_log_payload p ON p.entry_id = told.id
  LEFT JOIN audit_log_leaf f ON f.entry_id = told.id
  LEFT JOIN audit_log l ON l.id = told.log_id
 WHERE approval.uuid = ANY(%s)
 ORDER BY approval.uuid, log, f.index NULLS LAST, told.id
"""


LISTED = """
SELECT p.payload FROM audit_log_entry e JOIN audit_log_payload p ON p.entry_id = e.id
 WHERE e.uuid = %s AND e.kind = %s
"""


class ApprovedErasures:
    """The approvals that erased entries of one log name, on one cursor.

    What the log tells of a run counts when it is sealed, or carries our mark and waits for it. That it is what was
    sealed is found out where its own place in the log is verified.

    ``gone``: ``{id of an approval: how many contents of this log went by it}``, of the entries judged so far
    """

    def __init__(self, cr, origin=None, gone=None):
        self._cursor, self._origin = cr, origin
        self._known, self._lists = {}, {}
        self.gone = dict(gone or {})

    def look_up(self, uuids):
        """Read these approvals, in one query however many entries name them."""
        missing = sorted(set(uuids) - self._known.keys())
        if not missing:
            return
        self._known.update(dict.fromkeys(missing, erasures.NO_APPROVAL))
        self._cursor.execute(TOLD, [missing])
        for (uuid, _log), rows in groupby(self._cursor.fetchall(), key=lambda row: row[:2]):
            found = erasures.approvals([one for one in map(self._told, rows) if one])
            self._known[uuid] = found.get(uuid, self._known[uuid])

    def lets_go(self, uuid):
        """Whether the entry with this id approves an erasure."""
        self.look_up([uuid])
        return isinstance(self._known[uuid], erasures.Approval)

    def rows(self, uuid):
        """``{(kind, about): digest of the rows that may go}`` by an approval; None when it is none."""
        return self._known[uuid].rows if self.lets_go(uuid) else None

    def damage(self, stored, members):
        """Judge the next entry (``core.log_check.Stored``) whose content is gone, for ``core.log_check.LogCheck``."""
        if erasures.is_never_erased(members["kind"]):
            return log_check.NEVER_ERASED, ""
        approval = self._known.get(stored.erased_by, erasures.NO_APPROVAL)
        if not isinstance(approval, erasures.Approval):
            return log_check.UNAPPROVED, approval
        if not approval.covers(self._origin, members, self._ids_of):
            return log_check.UNAPPROVED, erasures.OUTSIDE
        self.gone[stored.erased_by] = self.gone.get(stored.erased_by, 0) + 1
        if self.gone[stored.erased_by] > approval.allowed(self._origin):
            return log_check.EXCEEDED, str(approval.allowed(self._origin))
        return None

    def _ids_of(self, share):
        """The ids of a ``core.erasures.Share``. Whatever stands there, the digest tells whether it is what it was."""
        if share.sha256 not in self._lists:
            self._cursor.execute(LISTED, [share.listed, erasures.LISTED])
            (payload,) = self._cursor.fetchone() or (None,)
            try:
                content = canonical.loads_strict(bytes(payload or b""))
            except canonical.CanonicalError:
                content = None
            self._lists[share.sha256] = erasures.listed_ids(share, content)
        return self._lists[share.sha256]

    def _told(self, row):
        """The ``core.erasures.Told`` of a row; None for one that is neither sealed nor ours."""
        _uuid, _log, entry_id, log_id, entry, mac, origin, index, salt, payload = row
        if index is None and not Marks(self._cursor, {log_id: origin}).passes(entry_id, log_id, entry, mac):
            return None
        try:
            members = log_entry.parse(entry.encode())
            salt, payload = bytes(salt or b""), bytes(payload or b"")
            is_sealed = log_entry.commitment(salt, payload) == members["commit"]
            return erasures.Told(members, canonical.loads_strict(payload) if is_sealed else None)
        except log_entry.EntryError:
            # Its place in the log is damaged, which is told there, or its content is gone.
            return None
        except canonical.CanonicalError:
            return erasures.Told(members, None)
