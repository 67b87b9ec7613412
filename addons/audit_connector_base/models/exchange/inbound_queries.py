"""The statements that store and claim received messages and tell what there is to wake up for."""

from ...core.sql_rows import RowStatement

# It stores nothing unless the settings are those that the door was made of, see ``inbound_door``. The lock lets nobody
# delete the connector meanwhile; it stands for a foreign key, whose look-up would cost as much as the statement.
STORE = RowStatement(
    {
        "number": "integer",
        "content_type": "varchar",
        "headers": "text",
        "dedup_key": "varchar",
        "message_id": "varchar",
        "type": "varchar",
        "subject": "varchar",
        "contract": "varchar",
        "trace": "varchar",
        "body": "bytea",
        "sha256": "varchar",
    },
    """
INSERT INTO audit_inbound_message
       (connector_id, company_id, transport, received_at, due_at, state, attempt_count, content_type, headers,
        dedup_key, message_id, type, subject, contract, trace, body, body_sha256, size)
SELECT c.id, %(company)s, %(transport)s, %(now)s, %(now)s, 'received', 0, said.content_type, said.headers::jsonb,
       said.dedup_key, said.message_id, said.type, said.subject, said.contract, said.trace, said.body, said.sha256,
       length(said.body)
  FROM audit_connector c, {rows}
 WHERE c.id = %(connector)s AND (%(xmin)s IS NULL OR c.xmin = %(xmin)s::xid AND c.ctid = %(ctid)s::tid)
 ORDER BY said.number
   FOR KEY SHARE OF c
    ON CONFLICT DO NOTHING
RETURNING dedup_key, id
""",
)

IS_SAME_DOOR = """
SELECT 1 FROM audit_connector c
 WHERE c.id = %(connector)s AND (%(xmin)s IS NULL OR c.xmin = %(xmin)s::xid AND c.ctid = %(ctid)s::tid)
"""

# Messages about one subject are worked on in their order. One that failed for good holds up no other.
OPEN_TO_WORK = """
       NOT EXISTS (
            SELECT 1 FROM audit_inbound_message earlier
             WHERE earlier.connector_id = m.connector_id AND earlier.subject = m.subject AND earlier.id < m.id
               AND earlier.state IN ('received', 'processing'))
"""

# A message is free when it is due, or when the run that was working on it is gone: its lease ran out, or the
# transaction that held the lease's lock ended (a killed worker's does at once). Of what such a run had claimed, only
# the first that is left was begun: the claim of the others was no attempt, or kills would use up those of all of them.
CLAIM = """
WITH free AS (
    SELECT m.id, m.state = 'processing' AND EXISTS (
               SELECT 1 FROM audit_inbound_message begun
                WHERE begun.connector_id = m.connector_id AND begun.id < m.id AND begun.state = 'processing'
                  AND begun.lease = m.lease) AS untouched
      FROM audit_inbound_message m
     WHERE m.connector_id = %(connector)s
       AND (m.state = 'received' AND m.due_at <= %(now)s
            OR m.state = 'processing' AND (m.lease_until < %(now)s OR NOT EXISTS (
                SELECT 1 FROM pg_locks l
                 WHERE l.locktype = 'advisory' AND l.classid = %(lock_class)s AND l.objid::bigint = m.lease
                   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))))
       AND OPEN_TO_WORK
     ORDER BY m.id
     LIMIT %(limit)s
       FOR NO KEY UPDATE OF m SKIP LOCKED
)
UPDATE audit_inbound_message m
   SET state = 'processing', lease = %(lease)s, lease_until = %(lease_until)s,
       attempt_count = attempt_count + CASE WHEN free.untouched THEN 0 ELSE 1 END
  FROM free WHERE m.id = free.id
RETURNING m.id, m.attempt_count
""".replace("OPEN_TO_WORK", OPEN_TO_WORK)

TO_WAKE = """
SELECT DISTINCT m.connector_id
  FROM audit_inbound_message m
 WHERE (m.state = 'received' AND m.due_at <= %s OR m.state = 'processing') AND OPEN_TO_WORK
""".replace("OPEN_TO_WORK", OPEN_TO_WORK)

NEXT_DUE = """
SELECT min(m.due_at)
  FROM audit_inbound_message m
 WHERE m.connector_id = %s AND m.state = 'received' AND OPEN_TO_WORK
""".replace("OPEN_TO_WORK", OPEN_TO_WORK)

# Held until the work on the message is committed, so that nobody else does it at the same time.
LOCK = """
SELECT 1 FROM audit_inbound_message WHERE id = %s AND lease = %s AND state = 'processing' FOR UPDATE NOWAIT
"""

SETTLE = """
UPDATE audit_inbound_message
   SET state = %(state)s, reason = %(reason)s, violations = %(violations)s::jsonb, due_at = %(due_at)s,
       checked_against = coalesce(%(contract)s, checked_against), lease = NULL, lease_until = NULL
 WHERE id = %(id)s AND lease = %(lease)s AND state = 'processing'
RETURNING id
"""

RELEASE = """
UPDATE audit_inbound_message
   SET state = 'received', lease = NULL, lease_until = NULL, attempt_count = attempt_count - 1
 WHERE id = ANY(%s) AND lease = %s AND state = 'processing'
"""
