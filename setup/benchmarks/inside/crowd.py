"""Rows by the million for `listing.py`, as they would stand after a year of work; made by SQL."""

import contextlib

TABLES = ("audit_event", "audit_delivery", "audit_delivery_attempt", "audit_log_entry", "audit_inbound_message")
TYPES = ("invoice.posted", "invoice.paid", "payment.posted", "journal_entry.posted", "supplier.created")

# Nine of ten belong to the company of the person who looks; the times are spread over 400 days.
EVENTS = """
INSERT INTO audit_event (uuid, type, entity, contract_version, time, actor, company_id, res_model, res_id,
                         traceparent, payload, payload_sha256, backfill)
SELECT gen_random_uuid(), (%(types)s::varchar[])[1 + n %% 5], 'invoice', 1,
       (now() AT TIME ZONE 'UTC') - (%(events)s - n) * interval '400 days' / %(events)s, 'user/2',
       CASE n %% 10 WHEN 0 THEN %(other)s ELSE %(company)s END, 'account.move',
       (%(invoices)s::integer[])[1 + n %% cardinality(%(invoices)s::integer[])],
       '00-' || md5(n::text) || '-' || left(md5(n::text), 16) || '-01',
       convert_to('{"text":"' || repeat(md5(n::text), 40) || '"}', 'UTF8'), md5(n::text), n %% 50 = 0
  FROM generate_series(1, %(events)s) n
"""
# 95 % delivered, 3 % waiting, 1.5 % failed, 0.5 % cancelled; shared out among the connectors.
DELIVERIES = """
INSERT INTO audit_delivery (event_id, event_type, subscription_id, connector_id, company_id, message_id, subject, state,
                            priority, lane, due_at, attempt_count, retry_count, create_date, delivered_at, reason,
                            failure)
SELECT e.id, e.type, s.id, s.connector_id, e.company_id, e.uuid, e.res_model || '/' || e.res_id, said.state,
       CASE e.id / 7 %% 20 WHEN 0 THEN '0' WHEN 1 THEN '2' ELSE '1' END, 1, e.time, 1, 1, e.time,
       CASE said.state WHEN 'delivered' THEN e.time END, '202 Accepted', CASE said.state WHEN 'dead' THEN 'rejected' END
  FROM audit_event e
  JOIN audit_subscription s ON s.connector_id = (%(connectors)s::integer[])[1 + e.id %% 5]
 CROSS JOIN LATERAL (SELECT CASE WHEN e.id %% 200 < 190 THEN 'delivered' WHEN e.id %% 200 < 196 THEN 'pending'
                                 WHEN e.id %% 200 < 199 THEN 'dead' ELSE 'cancelled' END AS state) said
"""
# One each, and a second for every other.
ATTEMPTS = """
INSERT INTO audit_delivery_attempt (delivery_id, connector_id, company_id, number, started_at, seconds, outcome, status,
                                    reason, peer, request_headers, answer_headers, answer_body, answer_truncated,
                                    answer_sha256)
SELECT d.id, d.connector_id, d.company_id, n, d.create_date, 0.05,
       CASE WHEN d.state = 'delivered' THEN 'delivered' ELSE 'retry' END, 202, '202 Accepted', '192.0.2.1', '{}', '{}',
       'ok', false, repeat('0', 64)
  FROM audit_delivery d, generate_series(1, 1 + d.id %% 2) n
"""
ENTRIES = """
WITH entries AS (
    INSERT INTO audit_log_entry (uuid, time, kind, direction, actor, company_id, res_model, res_id, correlation,
                                 commitment, entry)
    SELECT gen_random_uuid(), e.time, CASE e.id %% 2 WHEN 0 THEN 'event.written' ELSE 'delivery.attempted' END,
           CASE e.id %% 2 WHEN 0 THEN 'none' ELSE 'out' END, e.actor, e.company_id, e.res_model, e.res_id,
           substr(e.traceparent, 4, 32), e.payload_sha256, convert_to(repeat('x', 400), 'UTF8')
      FROM audit_event e
    RETURNING id, uuid
)
INSERT INTO audit_log_payload (entry_id, salt, payload)
SELECT id, decode(repeat('00', 32), 'hex'),
       convert_to('{"attempt":1,"connector":{"id":1,"name":"Platform"},"event":"' || uuid || '","outcome":"delivered",'
                  || '"reason":"202 Accepted","type":"invoice.posted"}', 'UTF8')
  FROM entries
"""
INBOUND = """
INSERT INTO audit_inbound_message (connector_id, company_id, message_id, dedup_key, type, subject, transport,
                                   received_at, content_type, headers, size, body_sha256, trace, state, attempt_count,
                                   res_model, res_id, body, due_at)
SELECT (%(connectors)s::integer[])[1 + n %% 5], CASE n %% 10 WHEN 0 THEN %(other)s ELSE %(company)s END, 'msg-' || n,
       'id:msg-' || n, 'payment.status', 'doc/' || n %% 1000, 'http',
       (now() AT TIME ZONE 'UTC') - (%(inbound)s - n) * interval '400 days' / %(inbound)s,
       'application/cloudevents+json', '{}', 900, md5(n::text), md5(n::text),
       CASE WHEN n %% 200 < 190 THEN 'processed' WHEN n %% 200 < 196 THEN 'received' WHEN n %% 200 < 198 THEN 'dead'
            ELSE 'exception' END, 1, 'account.move',
       (%(invoices)s::integer[])[1 + n %% cardinality(%(invoices)s::integer[])],
       convert_to(repeat(md5(n::text), 30), 'UTF8'), (now() AT TIME ZONE 'UTC')
  FROM generate_series(1, %(inbound)s) n
"""


def fill(registry, events, inbound, connectors, companies, invoices):
    """Make ``events`` events, as many deliveries and log entries, half as many more attempts, and ``inbound`` messages.

    :param companies: ids of the one that is looked at, and of another
    :param invoices: ids of the documents that all this is about
    """
    values = {
        "events": events, "inbound": inbound, "connectors": connectors, "company": companies[0], "other": companies[1],
        "invoices": invoices, "types": list(TYPES),
    }  # fmt: skip
    with without_indexes(registry):
        for statement in (EVENTS, DELIVERIES, ATTEMPTS, ENTRIES, INBOUND):
            with registry.cursor() as cr:
                cr.execute(statement, values)
    with registry.cursor() as cr:
        cr._cnx.autocommit = True
        for table in (*TABLES, "audit_log_payload"):
            cr.execute("VACUUM ANALYZE %s" % table)


@contextlib.contextmanager
def without_indexes(registry):
    """Take the indexes away that serve no constraint, and make them again: that is faster than to keep them up."""
    with registry.cursor() as cr:
        cr.execute(
            "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i "
            "LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid WHERE c.oid IS NULL "
            "AND i.indrelid = ANY(%s::regclass[])",
            [list(TABLES)],
        )
        indexes = cr.fetchall()
        for name, _definition in indexes:
            cr.execute("DROP INDEX %s" % name)
    yield
    for _name, definition in indexes:
        with registry.cursor() as cr:
            cr.execute(definition)
