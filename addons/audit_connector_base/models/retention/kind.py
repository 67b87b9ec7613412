from odoo import _, api, models

from .hold import HELD

PREFIX = "audit.retention.kind."
# Of each row: which document it is about, and what is known of that. A message or exception leads to the document that
# it was about, a file to the one that it hangs on, a payment to its journal entry and back. ``any_document``: it may be
# any, as that of a file that is gone, of a job, or of what a program read; ``unclear``: so may the partner.
ABOUT = """
, about AS (
    SELECT {rows}.*, coalesce(file.res_model, message.res_model, exception.res_model, {rows}.res_model) AS doc_model,
           CASE WHEN {rows}.res_model = 'ir.attachment' THEN nullif(file.res_id, 0)
                WHEN {rows}.res_model = 'audit.inbound.message' THEN message.res_id
                WHEN {rows}.res_model = 'audit.exception' THEN exception.res_id ELSE {rows}.res_id END AS doc_id
      FROM {rows}
      LEFT JOIN ir_attachment file ON {rows}.res_model = 'ir.attachment' AND file.id = {rows}.res_id
            AND file.res_model IS NOT NULL
      LEFT JOIN audit_inbound_message message ON {rows}.res_model = 'audit.inbound.message'
            AND message.id = {rows}.res_id
      LEFT JOIN audit_exception exception ON {rows}.res_model = 'audit.exception' AND exception.id = {rows}.res_id
), told AS (
    SELECT about.*, move.date AS doc_date,
           coalesce(partner.commercial_partner_id, move.commercial_partner_id, payer.commercial_partner_id)
               AS doc_partner_id,
           coalesce(partner.id, move.partner_id, payer.id) AS doc_person_id,
           about.doc_id IS NULL OR about.doc_model LIKE 'audit.%%' OR about.doc_model IN ('ir.attachment', 'queue.job')
               AS any_document,
           about.doc_id IS NULL OR coalesce(move.id, payment.id, partner.id) IS NULL
               AND about.doc_model NOT IN ('account.account', 'res.company', 'res.users') AS unclear
      FROM about
      LEFT JOIN account_payment payment ON about.doc_model = 'account.payment' AND payment.id = about.doc_id
      LEFT JOIN res_partner payer ON payer.id = payment.partner_id
      LEFT JOIN account_move move ON move.id = CASE about.doc_model WHEN 'account.move' THEN about.doc_id
                                                                    WHEN 'account.payment' THEN payment.move_id END
      LEFT JOIN res_partner partner ON about.doc_model = 'res.partner' AND partner.id = about.doc_id
)
"""
COUNT = """
WITH rows AS MATERIALIZED ({found})
{about}
, held AS (SELECT told.id, hold.id AS hold_id FROM told JOIN audit_retention_hold hold ON {held})
SELECT (SELECT count(*) FROM told), (SELECT count(*) FROM told WHERE busy), (SELECT min(at) FROM told),
       (SELECT count(DISTINCT held.id) FROM held JOIN told USING (id) WHERE NOT told.busy),
       (SELECT array_agg(ARRAY[hold_id, number]) FROM (
            SELECT hold_id, count(*) AS number FROM held GROUP BY hold_id ORDER BY hold_id) by_hold)
"""
FREE = "NOT told.busy AND NOT EXISTS (SELECT 1 FROM audit_retention_hold hold WHERE {held})"
LIST = """
WITH rows AS MATERIALIZED ({found})
{about}
INSERT INTO audit_retention_listed (line_id, row_id, company_id, kind, at, res_model, res_id, size)
SELECT %(line)s, told.id, told.company_id, %(kind)s, told.at, told.res_model, told.res_id, told.size
  FROM told WHERE {free} ORDER BY told.at, told.id
"""
# Some of the list after another, so that a table of millions is gone through once and not once for each part.
NEXT = "SELECT row_id FROM audit_retention_listed WHERE line_id = %s AND row_id > %s ORDER BY row_id LIMIT %s"
TAKE = """
WITH rows AS MATERIALIZED (SELECT found.* FROM ({found}) found WHERE found.id = ANY(%(ids)s))
{about}
SELECT told.id FROM told WHERE {free} ORDER BY told.id
"""


class AuditRetentionKind(models.AbstractModel):
    """Family of what is kept and can be erased: one model ``audit.retention.kind.<code>`` for each kind of data.

    A member says where its rows are (``_found``) and how their content is emptied (``_empty``). Which of them a hold
    keeps, how many there are and in which order they go is the same for all and stands here.
    """

    _name = "audit.retention.kind"
    _description = "Kind of Data That Is Kept"
    _record_model = None  # of the records that hold the contents, whose numbers are those of the rows

    @api.model
    def _label(self):
        """What it is, for people."""
        raise NotImplementedError

    @api.model
    def _goes(self):
        """What goes and what stays, in a sentence or two for those who decide on it."""
        return _("The content goes. That there was one, and when, stays.")

    @api.model
    def _found(self):
        """Return the SELECT of the rows that still have a content.

        Its columns: ``id``, ``at`` (timestamp, UTC), ``company_id``, ``res_model`` and ``res_id`` (the document; both
        NULL where it is not known), ``size`` (of the content, bytes), and ``busy`` (true while the content is still
        needed, whatever its age). It is restricted by the parameters ``company``, ``before``, ``entities`` and
        ``others`` (arrays of what messages are about: only these, all but these; NULL: all).
        """
        raise NotImplementedError

    @api.model
    def _empty(self, ids, erased_by):
        """Empty the content of these rows for good and leave the UUID of the entry that says why."""
        raise NotImplementedError

    @api.model
    def _members(self):
        """Return ``{code: model}`` of all kinds that are installed."""
        return {name[len(PREFIX) :]: self.env[name] for name in sorted(self.env.registry) if name.startswith(PREFIX)}

    @api.model
    def _count(self, scope):
        """Count what a run would find.

        :param scope: dict of the parameters of ``_found``
        :return: dict with ``found``, ``busy``, ``held`` (of those that are not busy), ``oldest`` and ``by_hold``
            (``{hold id: number}``, where one row may count for several)
        """
        self.env.flush_all()
        self.env.cr.execute(self._query(COUNT), scope)
        found, busy, oldest, held, by_hold = self.env.cr.fetchone()
        return {"found": found, "busy": busy, "held": held, "oldest": oldest, "by_hold": dict(by_hold or [])}

    @api.model
    def _list(self, scope, line_id):
        """Write down which rows may go now, for the line of a run; returns how many."""
        self.env.flush_all()
        self.env.cr.execute(self._query(LIST), {**scope, "line": line_id, "kind": self._name[len(PREFIX) :]})
        return self.env.cr.rowcount

    @api.model
    def _listed_entries(self, line_id):
        """Yield ``(origin of a log, ids)`` of the entries listed for a line, some at a time. Only the log has any."""
        return iter(())

    @api.model
    def _erase(self, scope, erased_by, line_id, after, limit):
        """Erase the next ``limit`` rows after ``after`` that are listed for a line, where nothing keeps them by now.

        :return: ``(the last row that was looked at, how many were erased)``; None instead of the row at the end
        """
        self.env.cr.execute(NEXT, [line_id, after, limit])
        ids = [row[0] for row in self.env.cr.fetchall()]
        if not ids:
            return None, 0
        self.env.cr.execute(self._query(TAKE), {**scope, "ids": ids})
        free = [row[0] for row in self.env.cr.fetchall()]
        if free:
            self._empty(free, erased_by)
        return ids[-1], len(free)

    def _query(self, query):
        free = FREE.format(held=HELD)
        return query.format(found=self._found(), about=ABOUT.format(rows="rows"), held=HELD, free=free)
