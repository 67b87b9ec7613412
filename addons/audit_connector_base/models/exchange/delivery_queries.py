"""The statements that claim deliveries, settle them, and tell what there is to wake up for.

They run in short READ COMMITTED transactions of their own; see ``short_transaction``.
"""

LOCK_CLASS = 0x41554454  # "AUDT": namespace of the advisory locks that show a drain alive

# What may go out at all: its subscription is not switched off, and no earlier delivery of its document is open, except
# one that itself waits under a subscription that is switched off, which may be for ever. Whoever asks what to wake up
# for asks with the same words: a delivery that is due but may not go would wake it for ever.
OPEN_TO_GO = """
       s.active IS NOT FALSE
       AND NOT EXISTS (
            SELECT 1 FROM audit_delivery earlier
              LEFT JOIN audit_subscription es ON es.id = earlier.subscription_id
             WHERE earlier.connector_id = d.connector_id AND earlier.subject = d.subject AND earlier.id < d.id
               AND earlier.state IN ('pending', 'sending') AND es.active IS NOT FALSE)
"""

# A delivery is free when it is due, or when the run that was sending it is gone: its lease ran out, or the transaction
# that held the lease's lock ended (a killed worker's does at once). Open deliveries of the same document go in order.
CLAIM = """
WITH free AS (
    SELECT d.id
      FROM audit_delivery d
      LEFT JOIN audit_subscription s ON s.id = d.subscription_id
     WHERE d.connector_id = %(connector)s
       AND (d.state = 'pending' AND d.due_at <= %(now)s
            OR d.state = 'sending' AND (d.lease_until < %(now)s OR NOT EXISTS (
                SELECT 1 FROM pg_locks l
                 WHERE l.locktype = 'advisory' AND l.classid = %(lock_class)s AND l.objid::bigint = d.lease
                   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))))
       AND OPEN_TO_GO
     ORDER BY d.id
     LIMIT %(limit)s
       FOR NO KEY UPDATE OF d SKIP LOCKED
), claimed AS (
    UPDATE audit_delivery d
       SET state = 'sending', lease = %(lease)s, lease_until = %(lease_until)s, attempt_count = attempt_count + 1,
           retry_count = retry_count + 1
      FROM free WHERE d.id = free.id
    RETURNING d.id, d.event_id, d.company_id, d.message_id, d.attempt_count, d.retry_count
), attempts AS (
    INSERT INTO audit_delivery_attempt (delivery_id, company_id, number, started_at, outcome)
    SELECT id, company_id, attempt_count, %(now)s, 'unknown' FROM claimed
    RETURNING id, delivery_id
)
SELECT claimed.*, attempts.id AS attempt_id FROM claimed JOIN attempts ON attempts.delivery_id = claimed.id
 ORDER BY claimed.id
""".replace("OPEN_TO_GO", OPEN_TO_GO)

TO_WAKE = """
SELECT DISTINCT d.connector_id
  FROM audit_delivery d
  LEFT JOIN audit_subscription s ON s.id = d.subscription_id
 WHERE (d.state = 'pending' AND d.due_at <= %s OR d.state = 'sending') AND OPEN_TO_GO
""".replace("OPEN_TO_GO", OPEN_TO_GO)

NEXT_DUE = """
SELECT min(d.due_at)
  FROM audit_delivery d
  LEFT JOIN audit_subscription s ON s.id = d.subscription_id
 WHERE d.connector_id = %s AND d.state = 'pending' AND OPEN_TO_GO
""".replace("OPEN_TO_GO", OPEN_TO_GO)

SETTLE = """
UPDATE audit_delivery d
   SET state = said.state, due_at = said.due_at, delivered_at = said.delivered_at, reason = said.reason,
       lease = NULL, lease_until = NULL
  FROM unnest(%s::integer[], %s::varchar[], %s::timestamp[], %s::timestamp[], %s::varchar[])
       AS said (id, state, due_at, delivered_at, reason)
 WHERE d.id = said.id AND d.lease = %s AND d.state = 'sending'
"""

RELEASE = """
UPDATE audit_delivery
   SET state = 'pending', lease = NULL, lease_until = NULL, attempt_count = attempt_count - 1,
       retry_count = retry_count - 1
 WHERE id = ANY(%s) AND lease = %s AND state = 'sending'
"""

# The states are written out, as in the partial index that queue_job keeps for this question.
JOBS_WAITING = """
SELECT identity_key FROM queue_job
 WHERE identity_key = ANY(%s) AND state IN ('pending', 'enqueued', 'wait_dependencies')
"""
