"""The statements that store and claim received messages and tell what there is to wake up for."""

from ...core.sql_rows import RowStatement
from ..log import writing_sql

# A message and the entry in the log that tells of it, in one statement: a sender waits for every one of them. It stores
# nothing unless the settings are those that the door was made of, see ``inbound_door``. The lock lets nobody delete the
# connector meanwhile; it stands for a foreign key, whose look-up would cost as much as the statement. A number of a row
# that is taken, as in a database that was put back, must not pass for a message that came before.
STORE_MANY = """
WITH said AS (
    SELECT * FROM {rows}
), stored AS (
    INSERT INTO audit_inbound_message
           (id, connector_id, company_id, transport, received_at, due_at, state, attempt_count, content_type, headers,
            dedup_key, message_id, type, subject, contract, trace, body, body_sha256, size)
    SELECT said.message, c.id, %(company)s, %(transport)s, %(now)s, %(now)s, 'received', 0, said.content_type,
           said.headers::jsonb, said.dedup_key, said.message_id, said.type, said.subject, said.contract,
           said.correlation, said.body, said.sha256, length(said.body)
      FROM audit_connector c, said
     WHERE c.id = %(connector)s AND (%(xmin)s IS NULL OR c.xmin = %(xmin)s::xid AND c.ctid = %(ctid)s::tid)
     ORDER BY said.message
       FOR KEY SHARE OF c
        ON CONFLICT (connector_id, dedup_key) DO NOTHING
    RETURNING id
), given AS (
    SELECT NUMBERED FROM said JOIN stored ON stored.id = said.message ORDER BY said.message
), ENTRIES
SELECT id FROM stored
"""
# The same of a single row, whose values stand where ``said.column`` does.
STORE_ONE = """
WITH stored AS (
    INSERT INTO audit_inbound_message
           (id, connector_id, company_id, transport, received_at, due_at, state, attempt_count, content_type, headers,
            dedup_key, message_id, type, subject, contract, trace, body, body_sha256, size)
    SELECT said.message, c.id, %(company)s, %(transport)s, %(now)s, %(now)s, 'received', 0, said.content_type,
           said.headers::jsonb, said.dedup_key, said.message_id, said.type, said.subject, said.contract,
           said.correlation, said.body, said.sha256, length(said.body)
      FROM audit_connector c
     WHERE c.id = %(connector)s AND (%(xmin)s IS NULL OR c.xmin = %(xmin)s::xid AND c.ctid = %(ctid)s::tid)
       FOR KEY SHARE OF c
        ON CONFLICT (connector_id, dedup_key) DO NOTHING
    RETURNING id
), given AS (
    SELECT NUMBERED FROM stored
), ENTRIES
SELECT id FROM stored
"""


def _with_entries(sql):
    """The statement with the parts that write the entries of the log; see ``writing_sql``."""
    return sql.replace("NUMBERED", writing_sql.NUMBERED).replace("ENTRIES", writing_sql.INSERTS)


STORE = RowStatement(
    {
        "message": "integer",
        "content_type": "varchar",
        "headers": "text",
        "dedup_key": "varchar",
        "message_id": "varchar",
        "type": "varchar",
        "subject": "varchar",
        "contract": "varchar",
        "body": "bytea",
        "sha256": "varchar",
        **writing_sql.COLUMNS,
    },
    _with_entries(STORE_MANY),
    one=_with_entries(STORE_ONE),
)

TAKE_NUMBERS = "SELECT nextval('audit_inbound_message_id_seq') FROM generate_series(1, %s)"

IS_SAME_DOOR = """
SELECT 1 FROM audit_connector c
 WHERE c.id = %(connector)s AND (%(xmin)s IS NULL OR c.xmin = %(xmin)s::xid AND c.ctid = %(ctid)s::tid)
"""

# Messages about one subject are worked on in the order of their arrival, which that of their numbers is not: each
# process takes numbers in advance. One that failed for good holds up no other.
OPEN_TO_WORK = """
       NOT EXISTS (
            SELECT 1 FROM audit_inbound_message earlier
             WHERE earlier.connector_id = m.connector_id AND earlier.subject = m.subject AND earlier.arrival < m.arrival
               AND earlier.state IN ('received', 'processing'))
"""

# A message is free when it is due, or when the run that was working on it is gone: its lease ran out, or the
# transaction that held the lease's lock ended (a killed worker's does at once). Of what such a run had claimed, only
# the first that is left was begun: the claim of the others was no attempt, or kills would use up those of all of them.
CLAIM = """
WITH free AS (
    SELECT m.id, m.state = 'processing' AND EXISTS (
               SELECT 1 FROM audit_inbound_message begun
                WHERE begun.connector_id = m.connector_id AND begun.arrival < m.arrival AND begun.state = 'processing'
                  AND begun.lease = m.lease) AS untouched
      FROM audit_inbound_message m
     WHERE m.connector_id = %(connector)s
       AND (m.state = 'received' AND m.due_at <= %(now)s
            OR m.state = 'processing' AND (m.lease_until < %(now)s OR NOT EXISTS (
                SELECT 1 FROM pg_locks l
                 WHERE l.locktype = 'advisory' AND l.classid = %(lock_class)s AND l.objid::bigint = m.lease
                   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))))
       AND OPEN_TO_WORK
     ORDER BY m.arrival
     LIMIT %(limit)s
       FOR NO KEY UPDATE OF m SKIP LOCKED
)
UPDATE audit_inbound_message m
   SET state = 'processing', lease = %(lease)s, lease_until = %(lease_until)s,
       attempt_count = attempt_count + CASE WHEN free.untouched THEN 0 ELSE 1 END
  FROM free WHERE m.id = free.id
RETURNING m.arrival, m.id, m.attempt_count
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
       checked_against = coalesce(%(contract)s, checked_against), lease = NULL, lease_until = NULL,
       attempt_count = attempt_count - %(given_back)s
 WHERE id = %(id)s AND lease = %(lease)s AND state = 'processing'
RETURNING id
"""

RELEASE = """
UPDATE audit_inbound_message
   SET state = 'received', lease = NULL, lease_until = NULL, attempt_count = attempt_count - 1
 WHERE id = ANY(%s) AND lease = %s AND state = 'processing'
"""
