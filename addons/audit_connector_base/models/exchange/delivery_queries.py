"""The statements that claim deliveries, settle them, and tell what there is to wake up for.

They run in short READ COMMITTED transactions of their own; see ``short_transaction``. The lateral joins with a limit
keep the planner from reading all that waits to find the few that may go: each candidate looks for one row before it.
"""

LOCK_CLASS = 0x41554454  # "AUDT": namespace of the advisory locks that show a drain alive

# An earlier message about the same document that is still open. In a lane of batches only one that does not go along:
# it is being sent, due later, was tried another number of times, or goes in batches of another size.
EARLIER = """
LEFT JOIN LATERAL (
    SELECT 1 AS found FROM audit_delivery e
     WHERE e.connector_id = d.connector_id AND e.lane = d.lane AND e.subject = d.subject AND e.id < d.id
       AND e.state IN ('pending', 'sending') %s
     LIMIT 1) earlier ON true
"""
EARLIER_SINGLE = EARLIER % ""
NOT_ALONG = """
       AND (e.state = 'sending' OR e.due_at > %(now)s
            OR (e.attempt_count, coalesce(e.batch_limit, 0)) <> (d.attempt_count, coalesce(d.batch_limit, 0)))
"""
EARLIER_BATCH = EARLIER % NOT_ALONG

FREE = """
    SELECT {columns}
      FROM audit_delivery d
      {earlier}
     WHERE d.connector_id = %(connector)s AND d.lane = %(lane)s AND d.state = 'pending' AND d.due_at <= %(now)s
       AND earlier.found IS NULL {only}
     ORDER BY {order}
     LIMIT {limit}
"""
CLAIM = """
WITH {before}free AS (
    {free}
       FOR NO KEY UPDATE OF d SKIP LOCKED
), claimed AS (
    UPDATE audit_delivery d
       SET state = 'sending', lease = %(lease)s, lease_until = %(lease_until)s, attempt_count = attempt_count + 1,
           retry_count = retry_count + 1
      FROM free WHERE d.id = free.id
    RETURNING d.id, d.event_id, d.subscription_id, d.message_id, d.attempt_count, d.retry_count, d.batch_limit,
              d.contract_major, d.contract_minor
), attempts AS (
    INSERT INTO audit_delivery_attempt (delivery_id, connector_id, company_id, number, started_at, outcome)
    SELECT claimed.id, %(connector)s, e.company_id, claimed.attempt_count, %(now)s, 'unknown'
      FROM claimed JOIN audit_event e ON e.id = claimed.event_id
    RETURNING id, delivery_id
)
SELECT claimed.*, attempts.id AS attempt_id, e.uuid, e.type, e.entity, e.contract_version, e.time, e.company_id,
       e.res_model, e.res_id, e.traceparent, e.payload, e.payload_sha256, e.backfill
  FROM claimed
  JOIN attempts ON attempts.delivery_id = claimed.id
  JOIN audit_event e ON e.id = claimed.event_id
 ORDER BY claimed.id
"""


def _claim(order, earlier=EARLIER_SINGLE, before="", only="", limit="%(limit)s"):
    free = FREE.format(columns="d.id", earlier=earlier, only=only, order=order, limit=limit)
    return CLAIM.format(before=before, free=free)


CLAIM_SINGLE = _claim("d.due_at, d.id")
# The one tried least: a message that the platform never takes must not be the only one to find out that it is back.
CLAIM_PROBE = _claim("d.attempt_count, d.id")
# Messages go along with those that were tried as often as the oldest and cut like it: one that makes the platform
# refuse whatever goes along is soon alone with its failures. ``settle.py`` says when a batch is cut.
OLDEST = FREE.format(
    columns="d.attempt_count AS tried, coalesce(d.batch_limit, 0) AS cut",
    earlier=EARLIER_BATCH,
    only="",
    order="d.id",
    limit="1",
)
CLAIM_BATCH = _claim(
    "d.id",
    EARLIER_BATCH,
    before="oldest AS (%s), " % OLDEST,
    only="AND (d.attempt_count, coalesce(d.batch_limit, 0)) = (SELECT tried, cut FROM oldest)",
    limit="(SELECT least(coalesce(nullif(cut, 0), %(limit)s), %(limit)s) FROM oldest)",
)

# What a run that is gone had claimed: its lease ran out, or the transaction that held the lease's lock ended (that of
# a killed worker does at once). It claims ahead, so most of it was never sent, and a place in the retry schedule is
# given back; not for ever, as a message may be what kills its run, for which reason batches are cut here as well, and
# what went down with fifty runs waits an hour, so that the others of its lane get through.
# Returns the attempts of which nobody learned the outcome, in the form of ``CLAIM``, for the log; those of runs that
# are still at work have no reason yet.
RECLAIM = """
WITH freed AS (
UPDATE audit_delivery d
   SET state = CASE WHEN s.active IS FALSE THEN 'held' ELSE 'pending' END, lease = NULL, lease_until = NULL,
       retry_count = greatest(d.retry_count - CASE WHEN d.attempt_count < 50 THEN 1 ELSE 0 END, 0),
       due_at = CASE WHEN d.attempt_count < 50 THEN d.due_at ELSE %(now)s + interval '1 hour' END,
       batch_limit = CASE WHEN d.attempt_count > 1
                          THEN greatest(coalesce(nullif(d.batch_limit, 0), s.batch_size) / 4, 1) ELSE d.batch_limit END
  FROM audit_delivery o LEFT JOIN audit_subscription s ON s.id = o.subscription_id
 WHERE o.id = d.id AND d.connector_id = %(connector)s AND d.lane = %(lane)s AND d.state = 'sending'
   AND (d.lease_until < %(now)s OR NOT EXISTS (
        SELECT 1 FROM pg_locks l
         WHERE l.locktype = 'advisory' AND l.classid = %(lock_class)s AND l.objid::bigint = d.lease
           AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())))
RETURNING d.id, d.event_id, d.message_id
), interrupted AS (
UPDATE audit_delivery_attempt a SET reason = %(reason)s
  FROM freed WHERE a.delivery_id = freed.id AND a.outcome = 'unknown' AND a.reason IS NULL
RETURNING a.id, a.delivery_id, a.number
)
SELECT freed.id, freed.message_id, interrupted.id AS attempt_id, interrupted.number AS attempt_count, e.type,
       e.company_id, e.res_model, e.res_id, e.traceparent
  FROM interrupted
  JOIN freed ON freed.id = interrupted.delivery_id
  JOIN audit_event e ON e.id = freed.event_id
 ORDER BY interrupted.id
"""

# Lanes with something due, found by stepping through the index from lane to lane instead of through what waits.
# One in which all that is due waits for an earlier message would be woken in vain, every minute. The order by due_at is
# what lets the planner begin with the lane's own rows instead of with those of any other.
TO_WAKE = """
WITH RECURSIVE lanes AS (
    (SELECT connector_id, lane FROM audit_delivery WHERE state IN ('pending', 'sending')
      ORDER BY connector_id, lane LIMIT 1)
    UNION ALL
    SELECT step.connector_id, step.lane
      FROM lanes, LATERAL (
        SELECT d.connector_id, d.lane FROM audit_delivery d
         WHERE d.state IN ('pending', 'sending') AND (d.connector_id, d.lane) > (lanes.connector_id, lanes.lane)
         ORDER BY d.connector_id, d.lane LIMIT 1) step
)
SELECT lanes.connector_id, lanes.lane
  FROM lanes
  JOIN audit_connector c ON c.id = lanes.connector_id AND c.active
  LEFT JOIN audit_connector_state s ON s.connector_id = c.id
 WHERE s.disabled_at IS NULL AND (s.paused_until IS NULL OR s.paused_until <= %(now)s)
   AND ((SELECT d.id FROM audit_delivery d
           EARLIER
          WHERE d.connector_id = lanes.connector_id AND d.lane = lanes.lane AND d.state = 'pending'
            AND d.due_at <= %(now)s AND earlier.found IS NULL
          ORDER BY d.due_at LIMIT 1) IS NOT NULL
        OR EXISTS (SELECT 1 FROM audit_delivery d
                    WHERE d.connector_id = lanes.connector_id AND d.lane = lanes.lane AND d.state = 'sending'))
""".replace("EARLIER", EARLIER_SINGLE)

# The first that is free to go, in the order in which they fall due; those behind an earlier one are passed over.
NEXT_DUE = """
SELECT d.due_at
  FROM audit_delivery d
  EARLIER
 WHERE d.connector_id = %(connector)s AND d.lane = %(lane)s AND d.state = 'pending' AND earlier.found IS NULL
 ORDER BY d.due_at LIMIT 1
""".replace("EARLIER", EARLIER_SINGLE)

# What may go now in lanes that are more urgent.
MORE_URGENT = """
SELECT d.id
  FROM audit_delivery d
  EARLIER
 WHERE d.connector_id = %(connector)s AND d.lane = ANY(%(lanes)s) AND d.state = 'pending' AND d.due_at <= %(now)s
   AND earlier.found IS NULL
 ORDER BY d.due_at LIMIT 1
""".replace("EARLIER", EARLIER_SINGLE)

SETTLE = """
UPDATE audit_delivery d
   SET state = CASE WHEN said.state = 'pending' AND s.active IS FALSE THEN 'held' ELSE said.state END,
       due_at = said.due_at, delivered_at = said.delivered_at, reason = said.reason, failure = said.failure,
       retry_count = said.retry_count, batch_limit = said.batch_limit, contract = coalesce(said.contract, d.contract),
       lease = NULL, lease_until = NULL, write_date = now() AT TIME ZONE 'UTC'
  FROM unnest(%s::integer[], %s::varchar[], %s::timestamp[], %s::timestamp[], %s::varchar[], %s::varchar[],
              %s::integer[], %s::integer[], %s::varchar[])
       AS said (id, state, due_at, delivered_at, reason, failure, retry_count, batch_limit, contract)
  JOIN audit_delivery o ON o.id = said.id
  LEFT JOIN audit_subscription s ON s.id = o.subscription_id
 WHERE d.id = said.id AND d.lease = %s AND d.state = 'sending'
"""

ATTEMPTED = """
UPDATE audit_delivery_attempt a
   SET outcome = said.outcome, status = said.status, reason = said.reason, seconds = said.seconds,
       target = said.target, peer = said.peer, request_headers = said.request_headers,
       answer_headers = said.answer_headers, answer_body = said.answer_body, answer_truncated = said.answer_truncated,
       answer_sha256 = said.answer_sha256, batch = said.batch
  FROM unnest(%s::integer[], %s::varchar[], %s::integer[], %s::varchar[], %s::numeric[], %s::varchar[], %s::varchar[],
              %s::jsonb[], %s::jsonb[], %s::text[], %s::boolean[], %s::varchar[], %s::varchar[])
       AS said (id, outcome, status, reason, seconds, target, peer, request_headers, answer_headers, answer_body,
                answer_truncated, answer_sha256, batch)
 WHERE a.id = said.id
"""

RELEASE = """
WITH released AS (
    UPDATE audit_delivery
       SET state = 'pending', lease = NULL, lease_until = NULL, attempt_count = attempt_count - 1,
           retry_count = retry_count - 1
     WHERE id = ANY(%s) AND lease = %s AND state = 'sending'
)
DELETE FROM audit_delivery_attempt WHERE id = ANY(%s)
"""

# The states are written out, as in the partial index that queue_job keeps for this question.
JOBS_WAITING = """
SELECT identity_key FROM queue_job
 WHERE identity_key = ANY(%s) AND state IN ('pending', 'enqueued', 'wait_dependencies')
"""

# The job that is done is started again, as a person may do with a button, instead of one more being made: whoever posts
# waits for this. Two who ask at once queue for the row; the later one finds it pending and looks again.
WAKE_AGAIN = """
WITH waiting AS (
    SELECT eta FROM queue_job WHERE identity_key = %(key)s AND state IN ('pending', 'enqueued') LIMIT 1
), again AS (
    UPDATE queue_job
       SET state = 'pending', eta = %(eta)s, retry = 0, result = NULL, date_enqueued = NULL, date_started = NULL,
           date_done = NULL, exec_time = NULL, worker_pid = NULL
     WHERE state = 'done' AND NOT EXISTS (SELECT 1 FROM waiting)
       AND id = (SELECT max(id) FROM queue_job
                  WHERE identity_key = %(key)s AND state = 'done' AND model_name = %(model)s AND method_name = '_wake')
    RETURNING eta
)
SELECT eta FROM waiting UNION ALL SELECT eta FROM again
"""

# Of all jobs that are done it holds one or two.
WAKE_INDEX = """
CREATE INDEX IF NOT EXISTS queue_job_audit_wake_idx ON queue_job (id) WHERE state = 'done' AND method_name = '_wake'
"""
