"""What an export holds of a log, read from the database piece by piece."""

import base64

from ...core import checkpoint, merkle, tiles
from ...core.export import Disclosed, Erased, LogRange, SignedNote
from ...core.proof_file import prove_inclusion
from .stored_log import StoredLog
from .tree import Tree

PORTION = 2000
MAX_NOTES = 4000

# Of each day the last note, and the last that was handed over in each way; and those with the signatures of two keys.
NOTES = """
SELECT c.id FROM audit_log_checkpoint c
 WHERE c.log_id = %(log)s AND c.size <= %(tip)s
   AND c.id IN (
       SELECT max(id) FROM audit_log_checkpoint WHERE log_id = %(log)s GROUP BY signed_at::date
       UNION ALL
       SELECT max(n.id) FROM audit_log_anchor a JOIN audit_log_checkpoint n ON n.id = a.checkpoint_id
        WHERE a.log_id = %(log)s AND a.state = 'done' GROUP BY n.signed_at::date, a.kind
       UNION ALL
       SELECT min(n.id) FROM audit_log_checkpoint n, unnest(%(rotated)s::bigint[]) AS key (index)
        WHERE n.log_id = %(log)s AND n.size > key.index GROUP BY key.index)
 ORDER BY c.size DESC, c.id DESC LIMIT %(limit)s
"""
# The approvals by which contents of the range went, with all that the log tells of their runs, and where they stand.
ERASURES = """
SELECT a.uuid, l.origin, f.index
  FROM (SELECT DISTINCT p.erased_by FROM audit_log_leaf here JOIN audit_log_payload p ON p.entry_id = here.entry_id
         WHERE here.log_id = %(log)s AND here.index >= %(first)s AND here.index < %(end)s) erased
  JOIN audit_log_entry a ON a.uuid = erased.erased_by AND a.kind = 'retention.approved'
  JOIN audit_log_entry told ON told.res_model = a.res_model AND told.res_id = a.res_id
   AND (told.kind LIKE 'retention.%%' OR told.kind = 'identity.confirmed')
  JOIN audit_log_leaf f ON f.entry_id = told.id
  JOIN audit_log l ON l.id = f.log_id
"""
SINGLES = """
SELECT f.index, e.kind FROM audit_log_leaf f JOIN audit_log_entry e ON e.id = f.entry_id
 WHERE f.log_id = %(log)s AND f.index < %(tip)s
   AND (f.index = 0 OR e.kind = 'key.rotated' AND e.res_model = 'audit.log' AND e.res_id = %(log)s)
   AND f.entry_id IN (
       SELECT entry_id FROM audit_log_leaf WHERE log_id = %(log)s AND index = 0
       UNION ALL
       SELECT id FROM audit_log_entry WHERE res_model = 'audit.log' AND res_id = %(log)s AND kind = 'key.rotated')
 ORDER BY f.index
"""


def exported(log, first, end, with_content, held=()):
    """Return the ``core.export.LogRange`` of a log and of those that it continues, the oldest first, as a list.

    Of those that it continues come the notes and the first entry, which show that one leads to the other.

    :param held: sizes of notes that the auditor holds, which the export proves to be continued
    """
    logs, before = [_of(log, first, end, with_content, held)], log.predecessor_id
    while before:
        if before.verifier_key:
            logs.insert(0, _of(before, 0, 0, with_content, held))
        before = before.predecessor_id
    return logs


def _of(log, first, end, with_content, held):
    cr = log.env.cr
    tree, stored = Tree(cr, log.id), StoredLog(cr, log.id)
    last = log.env["audit.log.checkpoint"].search([("log_id", "=", log.id)], limit=1)
    tip = _signed(last)
    size = tip.note.checkpoint.size
    cr.execute(SINGLES, {"log": log.id, "tip": size})
    singles = cr.fetchall()
    rotated = [index for index, kind in singles if kind == "key.rotated"]
    cr.execute(NOTES, {"log": log.id, "tip": size, "rotated": rotated, "limit": MAX_NOTES})
    notes = log.env["audit.log.checkpoint"].browse(row[0] for row in cr.fetchall())
    told, elsewhere = _erasures(log, first, end, size) if with_content else ((), {})
    return LogRange(
        tip=tip,
        first=first,
        end=end,
        read_tile=tree.read_tile,
        notes=[_signed(note) for note in notes.sorted(lambda note: (note.size, note.id))],
        # Of an entry that is gone there is no line, which is how its absence is found.
        entries=_in_portions(stored.sealed, first, end),
        columns=_in_portions(stored.columns, first, end),
        payloads=_payloads(stored, first, end, elsewhere) if with_content else (),
        proofs=_proofs(stored, tree, sorted({*told, *(index for index, _kind in singles)}), tip.note),
        sizes=tuple(held),
        keys=tuple(str(key) for key in log._known_keys()),
        title=log.display_name,
    )  # fmt: skip


def _signed(stored):
    """A note with what outsiders answered to it."""
    cosignatures, tokens = [], []
    for anchor in stored.anchor_ids.filtered("content").sorted("id"):
        if anchor.kind == "tsa":
            tokens.append(base64.b64decode(anchor.content))
        elif anchor.kind == "witness":
            cosignatures += checkpoint.parse_signatures(anchor.content)
    return SignedNote(checkpoint.parse(stored.note), tuple(cosignatures), tuple(tokens))


def _in_portions(read, first, end):
    for start in range(first, end, PORTION):
        yield from read(start, min(start + PORTION, end))


def _payloads(stored, first, end, elsewhere):
    for content in _in_portions(stored.contents, first, end):
        yield _disclosed(*content, elsewhere)


def _disclosed(index, salt, payload, erased_by, elsewhere):
    """What the export says of a content; that one is gone it says whether that was approved or not."""
    if payload is not None and salt is not None:
        return Disclosed(index, salt, payload)
    by = erased_by or ""
    return Erased(index, by, elsewhere.get(by, ""))


def _erasures(log, first, end, size):
    """Return the places outside of the range of entries that tell of its erasures, and ``{approval: other log}``."""
    log.env.cr.execute(ERASURES, {"log": log.id, "first": first, "end": end})
    rows = log.env.cr.fetchall()
    places = {index for _uuid, origin, index in rows if origin == log.origin and index < size}
    here = {uuid for uuid, origin, _index in rows if origin == log.origin}
    elsewhere = {uuid: origin for uuid, origin, _index in rows if uuid not in here}
    return {index for index in places if not first <= index < end}, elsewhere


def _proofs(stored, tree, indexes, note):
    """Proofs of single entries with their contents: who the log is and which keys followed must be told in any case.

    One that cannot be proven, as that of a damaged log, is left out: the export is made for finding such damage.
    """
    proofs = []
    for index in indexes:
        for entry, content in zip(stored.sealed(index, index + 1), stored.contents(index, index + 1)):
            try:
                proofs.append((prove_inclusion(entry, index, note, tree.read_tile), _disclosed(*content, {})))
            except (merkle.ProofError, tiles.TileError):
                continue
    return tuple(proofs)
