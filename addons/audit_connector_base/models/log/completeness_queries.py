"""The statements that find what happened and is not in the log. Each finds what it compares by an index.

They return rows ``(company id or None, model, id)``, at most ``MOST`` and one more.
"""

from psycopg2.sql import SQL

MOST = 10_000

# An entry that nothing shows Odoo to have written proves nothing, unless two people let it in.
GENUINE = """
AND NOT EXISTS (SELECT 1 FROM audit_log_quarantine q WHERE q.entry_id = e.id AND q.state <> 'admitted')
"""
# What the last entry about the state of a document ``DOC`` says: whether it is part of the books; no row where none
# says anything of the kind. Reading, mapping and reconciling a document leave entries that say nothing about it.
# ``type`` is the last member of the canonical content; of one that was erased, the event of that trace tells.
LAST_SAID = """
LEFT JOIN LATERAL (
    SELECT told.posted
      FROM (SELECT e.id,
                   CASE WHEN c.payload IS NULL THEN (
                            SELECT CASE split_part(ev.type, '.', 2)
                                        WHEN 'posted' THEN true WHEN 'reset_to_draft' THEN false
                                        WHEN 'cancelled' THEN false END
                              FROM audit_event ev
                             WHERE ev.res_model = e.res_model AND ev.res_id = e.res_id
                               AND split_part(ev.traceparent, '-', 2) = e.correlation
                             ORDER BY ev.id LIMIT 1)
                        WHEN substring(c.payload FROM octet_length(c.payload) - 8 FOR 8) = '.posted"' THEN true
                        WHEN substring(c.payload FROM octet_length(c.payload) - 16 FOR 16) = '.reset_to_draft"'
                          OR substring(c.payload FROM octet_length(c.payload) - 11 FOR 11) = '.cancelled"' THEN false
                   END AS posted
              FROM audit_log_entry e LEFT JOIN audit_log_payload c ON c.entry_id = e.id
             WHERE e.res_model = 'MODEL' AND e.res_id = DOC.id AND e.kind = 'event.written'
               GENUINE) told
     WHERE told.posted IS NOT NULL
     ORDER BY told.id DESC LIMIT 1) said ON true
""".replace("GENUINE", GENUINE)
# Whoever puts a document into the database may date it back, but numbers go on: what has a higher one than the first
# that was made since the suite is here was made since, too. Of those from before, the log has to agree where it speaks.
UNSAID = """
   AND said.posted IS NOT TRUE
   AND (said.posted IS NOT NULL OR DOC.create_date IS NULL OR DOC.create_date > %(installed)s
        OR DOC.id >= (SELECT min(id) FROM TABLE WHERE create_date > %(installed)s))
 ORDER BY DOC.id LIMIT 10001
"""


def _unsaid(query, document, model, table):
    query = query.replace("LAST_SAID", LAST_SAID).replace("UNSAID", UNSAID)
    return SQL(query.replace("DOC", document).replace("MODEL", model).replace("TABLE", table))


# The entry of a payment is told of with the payment: the one that the payment itself names.
DOCUMENTS = _unsaid(
    """
SELECT m.company_id, 'account.move', m.id FROM account_move m
LAST_SAID
 WHERE m.state = 'posted'
   AND NOT EXISTS (SELECT 1 FROM account_payment own WHERE own.id = m.{payment} AND own.move_id = m.id)
UNSAID
""",
    document="m",
    model="account.move",
    table="account_move",
)
# ``{posted}``: that a payment, or on 17.0 its entry, is. ``{company}``: of the one or the other as well.
PAYMENTS = _unsaid(
    """
SELECT {company}, 'account.payment', p.id FROM account_payment p LEFT JOIN account_move m ON m.id = p.move_id
LAST_SAID
 WHERE {posted}
UNSAID
""",
    document="p",
    model="account.payment",
    table="account_payment",
)

# An approval is recorded in its transaction, so at about the time that it bears, and in the name of whoever gave it.
# All of them are compared, whatever their age: the columns are those of whoever forges one. ``{needed}``: what is
# approved or acts as if it were; ``{proof}``: that the entry ``e`` is one of this approval.
APPROVALS = """
SELECT {company}, {model}, x.id
  FROM {table} x
 WHERE ({by} IS NOT NULL OR {at} IS NOT NULL OR {needed})
   AND NOT EXISTS (SELECT 1 FROM audit_log_entry e
                    WHERE e.res_model = {model} AND e.res_id = x.id AND {proof}
                    GENUINE)
 ORDER BY x.id LIMIT 10001
"""
APPROVALS = SQL(APPROVALS.replace("GENUINE", GENUINE))
GIVEN = SQL("e.actor = 'user/' || {by} AND e.time BETWEEN {at} - interval '5 minutes' AND {at} + interval '5 minutes'")
# With the password, for this and nothing else, and not taken back since. ``{action}``: how the content begins.
CONFIRMED = SQL(
    """
e.kind = 'identity.confirmed' AND {given}
AND EXISTS (SELECT 1 FROM audit_log_payload p
             WHERE p.entry_id = e.id AND substring(p.payload FROM 1 FOR octet_length({action})) = {action})
AND NOT EXISTS (SELECT 1 FROM audit_log_entry later
                 WHERE later.res_model = {model} AND later.res_id = x.id AND later.id > e.id
                   AND later.kind = 'identity.withdrawn')
"""
)
# Of contracts: an approver's word, or the addon that a version came with.
RELEASED = SQL("(e.kind = 'contract.approved' AND {given} OR e.kind = 'contract.shipped' AND x.origin = 'shipped')")

# Attempts that are over. One that nobody learned the outcome of has a reason from when it was found.
ATTEMPTS = """
SELECT ev.company_id, 'audit.delivery', min(a.delivery_id)
  FROM audit_delivery_attempt a
  JOIN audit_delivery d ON d.id = a.delivery_id
  JOIN audit_event ev ON ev.id = d.event_id
 WHERE a.started_at > %(since)s AND a.started_at < %(until)s AND (a.outcome <> 'unknown' OR a.reason IS NOT NULL)
 GROUP BY ev.id
HAVING count(*) > (SELECT count(*) FROM audit_log_entry e
                    WHERE e.correlation = split_part(ev.traceparent, '-', 2) AND e.kind = 'delivery.attempted')
 LIMIT 10001
"""
# What became of exceptions, each as the log says it.
DECISIONS = """
SELECT x.company_id, 'audit.exception', min(x.id)
  FROM audit_exception x
  CROSS JOIN LATERAL (SELECT CASE WHEN x.res_id > 0 THEN x.res_model ELSE 'audit.exception' END,
                             CASE WHEN x.res_id > 0 THEN x.res_id ELSE x.id END) AS about (model, id)
 WHERE x.state <> 'open'
 GROUP BY x.company_id, about.model, about.id, x.state
HAVING count(*) > (SELECT count(*) FROM audit_log_entry e
                    WHERE e.res_model = about.model AND e.res_id = about.id AND e.kind = 'exception.' || x.state)
 LIMIT 10001
"""
UNANNOUNCED = """
WITH lost AS (
    SELECT e.id, e.company_id FROM audit_log_entry e
     WHERE e.time < %(until)s
       AND NOT EXISTS (SELECT 1 FROM audit_log_leaf f WHERE f.entry_id = e.id)
       AND NOT EXISTS (SELECT 1 FROM audit_log_pending p WHERE p.entry_id = e.id)
       AND NOT EXISTS (SELECT 1 FROM audit_log_quarantine q WHERE q.entry_id = e.id)
     LIMIT 10000
), aside AS (
    INSERT INTO audit_log_quarantine (entry_id, log_id, company_id, reason, found_at, state)
    SELECT lost.id, l.id, l.company_id, 'unannounced', now() AT TIME ZONE 'UTC', 'waiting'
      FROM lost JOIN audit_log l ON l.company_id IS NOT DISTINCT FROM lost.company_id AND l.state = 'open'
        ON CONFLICT (entry_id) DO NOTHING
    RETURNING log_id
)
SELECT log_id, count(*) FROM aside GROUP BY log_id
"""
OVERDUE = """
SELECT o.id, count(*) FROM audit_log o
  JOIN audit_log l ON l.company_id IS NOT DISTINCT FROM o.company_id
  JOIN audit_log_pending p ON p.log_id = l.id
  JOIN audit_log_entry e ON e.id = p.entry_id
 WHERE o.state = 'open' AND o.verifier_key IS NOT NULL AND o.frozen_kind IS NULL AND e.time < %(until)s
 GROUP BY o.id
"""
# What was recorded of where a connector may send to, the newest first, and of its making.
DESTINATIONS = """
SELECT x.company_id, x.id, x.approved_destination, p.payload
  FROM audit_connector x
  JOIN audit_log_entry e ON e.res_model = 'audit.connector' AND e.res_id = x.id AND e.kind = 'configuration.changed'
  JOIN audit_log_payload p ON p.entry_id = e.id
 WHERE x.approved_destination IS NOT NULL
   AND (position('"approved_destination"'::bytea IN p.payload) > 0
        OR position('"change":"created"'::bytea IN p.payload) > 0)
 ORDER BY x.id, e.id DESC
"""
