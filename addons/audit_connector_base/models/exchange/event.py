import hashlib
import json
import secrets
from datetime import datetime, timezone

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...core import canonical, cloudevents, uuid7
from ...core.sql_rows import RowStatement
from .lanes import FIRST_BATCH

EVENT = """
    INSERT INTO audit_event (uuid, type, entity, contract_version, time, actor, company_id, res_model, res_id,
                             traceparent, payload, payload_sha256, backfill, about_date, about_partner_id,
                             about_document)
    SELECT said.uuid, %(type)s, %(entity)s, %(version)s, %(time)s, %(actor)s, said.company_id, %(model)s, said.res_id,
           said.traceparent, said.payload, said.sha256, %(backfill)s, said.about_date, said.about_partner_id,
           said.about_document
"""
DELIVERIES = """
INSERT INTO audit_delivery (event_id, event_type, subscription_id, connector_id, company_id, message_id, subject, state,
                            priority, lane, due_at, contract_major, contract_minor, attempt_count, retry_count,
                            create_date)
SELECT events.id, %(type)s, wanted.subscription_id, wanted.connector_id, events.company_id, events.uuid,
       events.res_model || '/' || events.res_id, 'pending', wanted.priority, wanted.lane, wanted.due_at,
       coalesce(wanted.major, %(version)s), wanted.minor, 0, 0, %(time)s
  FROM events,
       unnest(%(wanted_companies)s::integer[], %(wanted_ids)s::integer[], %(subscriptions)s::integer[],
              %(connectors)s::integer[], %(priorities)s::varchar[], %(lanes)s::integer[], %(due)s::timestamp[],
              %(majors)s::integer[], %(minors)s::integer[])
       AS wanted (company_id, res_id, subscription_id, connector_id, priority, lane, due_at, major, minor)
"""
# Who wants to be told of a single document was asked about that document.
INSERT = RowStatement(
    {
        "uuid": "varchar",
        "company_id": "integer",
        "res_id": "integer",
        "traceparent": "varchar",
        "payload": "bytea",
        "sha256": "varchar",
        "about_date": "date",
        "about_partner_id": "integer",
        "about_document": "varchar",
    },
    f"""
WITH events AS ({EVENT} FROM {{rows}} RETURNING id, uuid, company_id, res_model, res_id)
{DELIVERIES}
 WHERE wanted.company_id = events.company_id AND (wanted.res_id IS NULL OR wanted.res_id = events.res_id)
 ORDER BY events.id
""",
    one=f"WITH events AS ({EVENT} RETURNING id, uuid, company_id, res_model, res_id) {DELIVERIES}",
)


WANTED = (
    "wanted_companies", "wanted_ids", "subscriptions", "connectors", "priorities", "lanes", "due", "majors", "minors",
)  # fmt: skip


class AuditEvent(models.Model):
    """Outbox: what happened to a document, written in the transaction in which it happened.

    ``payload`` (a column, not a field) holds the canonical JSON bytes as they were then; they are sent and hashed as
    they stand and never made again. ``about_date``, ``about_partner_id`` and ``about_document`` (columns as well) are
    what retention holds go by, as it was then: what the document becomes later takes nothing out of a hold.
    """

    _name = "audit.event"
    _inherit = ["audit.document.name", "audit.company.bound"]
    _description = "Audit Event"
    _log_access = False
    _order = "id desc"
    _rec_name = "uuid"

    uuid = fields.Char(string="Message ID", required=True, readonly=True)
    type = fields.Selection("_selection_type", string="Event Type", required=True, readonly=True)
    entity = fields.Char(required=True, readonly=True)
    contract_version = fields.Integer(readonly=True)
    time = fields.Datetime(string="When", required=True, readonly=True, index=True)
    actor = fields.Char(readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    res_model = fields.Char(required=True)
    traceparent = fields.Char(
        string="Trace Number",
        readonly=True,
        help="Goes with the message (W3C traceparent), to find it in the logs of others.",
    )
    payload_sha256 = fields.Char(string="SHA-256", readonly=True)
    backfill = fields.Boolean(
        string="Back-fill", readonly=True, help="Told afterwards, as the document stood when it was told."
    )
    delivery_ids = fields.One2many("audit.delivery", "event_id", readonly=True)
    erased_by = fields.Char(
        readonly=True, copy=False, help="Number of the entry in the audit trail that says why the content was erased."
    )
    payload_text = fields.Text(
        string="Message Content",
        compute="_compute_payload_text",
        groups="audit_connector_base.group_audit_connector_admin",
    )
    type_name = fields.Char(string="Event", compute="_compute_type_name")

    _sql_constraints = [("uuid_unique", "UNIQUE (uuid)", "A message id is used once.")]

    def init(self):
        self.env.cr.execute(
            """
            ALTER TABLE audit_event
                ADD COLUMN IF NOT EXISTS payload bytea,
                ADD COLUMN IF NOT EXISTS about_date date,
                ADD COLUMN IF NOT EXISTS about_partner_id integer,
                ADD COLUMN IF NOT EXISTS about_document varchar;
            CREATE INDEX IF NOT EXISTS audit_event_document_idx ON audit_event (res_model, res_id, id);
            -- Groups by type and by day without reading the rows, which hold the payloads.
            CREATE INDEX IF NOT EXISTS audit_event_company_idx ON audit_event (company_id, type, time);
            -- Of events about files only: those about the documents themselves, as of a posting, cost it nothing.
            CREATE INDEX IF NOT EXISTS audit_event_about_idx ON audit_event (about_document)
                WHERE about_document IS NOT NULL;
            CREATE INDEX IF NOT EXISTS audit_event_backfill_idx ON audit_event (id) WHERE backfill;
            DROP INDEX IF EXISTS audit_event__company_id_index, audit_event__type_index, audit_event__uuid_index;
            """
        )

    @api.model
    def _record(self, code, records, payloads=None, connectors=None, backfill=False):
        """Write one event a record, its deliveries and its log entries, and wake the connectors concerned.

        Three statements for the whole recordset, in the transaction of the business write: both commit or neither.
        Sudo, as whoever posts need hold no right on the outbox.

        :param code: event type, such as ``invoice.posted``
        :param records: the documents
        :param payloads: their canonical payloads (dicts) in the same order; by default what the builder of the entity
            makes of the documents as they are now
        :param connectors: tell only these, whatever others want to hear; for a back-fill
        :param backfill: told afterwards: marked as such, and sent in the bulk lane
        """
        if not records:
            return
        contract = self.env["audit.event.type"]._contract_of(code)
        if not contract:
            raise UserError(_("The event type “%s” is not known. Upgrade the module Audit Connector.", code))
        source = self.env["audit.event.type"]._source(code)
        if source is None:
            source = self.env["audit.source"]
        if payloads is None:
            payloads = source._payloads(records, by=None if backfill else self.env.user)
        companies = [company.id for company in source._companies(records)]
        bodies = [canonical.dumps(payload) for payload in payloads]
        uuids = uuid7.uuid7_batch(len(records))
        traces = [secrets.token_hex(16) for _record in records]
        wanted = self.env["audit.subscription"]._wanted(code, records, companies, connectors, backfill)
        rows = zip(
            uuids,
            companies,
            records.ids,
            map(cloudevents.traceparent, traces),
            bodies,
            (hashlib.sha256(body).hexdigest() for body in bodies),
            *zip(*source._held_by(records)),
        )
        columns = [list(column) for column in zip(*wanted)] or [[] for _column in WANTED]
        statement, values = INSERT.with_rows(
            list(rows),
            type=code,
            entity=contract[0],
            version=contract[1],
            time=datetime.now(timezone.utc).replace(tzinfo=None),
            actor="user/%d" % self.env.uid,
            model=records._name,
            backfill=backfill,
            **dict(zip(WANTED, columns)),
        )
        self.env.cr.execute(statement, values)
        self.env["audit.delivery"].invalidate_model()
        self.env["audit.log.entry"]._append(
            [
                {
                    "kind": "event.written",
                    "direction": "none",
                    "company_id": company,
                    "res_model": records._name,
                    "res_id": record.id,
                    "correlation": trace,
                    "payload": canonical.join(
                        {"type": canonical.dumps(code), "event": canonical.dumps(uuid), "data": body}
                    ),
                }
                for record, company, uuid, trace, body in zip(records, companies, uuids, traces, bodies)
            ]
        )
        if any(lane < FIRST_BATCH for lane in columns[5]):
            self.env["audit.connector"]._request_drain()

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        """What was told is kept. No foreign key of its deliveries says so, see ``UncheckedMany2one``."""
        raise UserError(_("Events are kept: they tell what was said to other systems, and when."))

    def _payloads(self):
        """Return ``{event id: canonical bytes}``, None where the payload was erased."""
        self.env.cr.execute("SELECT id, payload FROM audit_event WHERE id = ANY(%s)", [self.ids])
        return {event_id: payload and bytes(payload) for event_id, payload in self.env.cr.fetchall()}

    @api.model
    def _message(self, database, row):
        """Return ``(bytes, violations, contract)`` of an event on its way to a platform; the same at every call.

        The bytes are a CloudEvents envelope around the payload, as it was written, or said by the older version of its
        contract that the platform wants. ``violations`` is ``["$.path: what is wrong", …]``, ``contract`` the version
        that it was held against, such as ``invoice/1.0``.

        :param database: the database's UUID
        :param row: dict of the columns of ``audit_event`` and of what the delivery wants: ``contract_major`` and
            ``contract_minor``
        :raises CloudEventError: when the payload is not what was written
        :raises ValueError: when it cannot be said by the wanted version
        """
        made, wanted = row["contract_version"], row["contract_major"] or row["contract_version"]
        data, sha256 = bytes(row["payload"]), row["payload_sha256"]
        payload = json.loads(data)
        if wanted < made:
            cloudevents.check_data(data, sha256)
            payload = self.env["audit.source"]._of_entity(row["entity"])._in_major(payload, made, wanted)
            data = canonical.dumps(payload)
            made, sha256 = wanted, hashlib.sha256(data).hexdigest()
        envelope = self._envelope(database, row, made, data, sha256)
        # What was written before the wanted version was there is said by the one that it was written by.
        minor = row["contract_minor"] if made == wanted else None
        contract, violations = self.env["audit.contract"]._check(row["entity"], payload, made, minor)
        return envelope, ["%s: %s" % (violation.path, violation.message) for violation in violations], contract

    @api.model
    def _envelope(self, database, row, version, data, sha256):
        return cloudevents.envelope(
            event_id=row["uuid"],
            type=row["type"],
            source="urn:odoo-audit:%s:company:%d" % (database, row["company_id"]),
            subject="%s/%d" % (row["res_model"], row["res_id"]),
            time=row["time"].isoformat(timespec="milliseconds") + "Z",
            data_bytes=data,
            data_sha256=sha256,
            dataschema="urn:odoo-audit:contract:%s:%d" % (row["entity"], version),
            traceparent=row["traceparent"],
            extensions={"backfill": True} if row["backfill"] else None,
        )

    def _compute_payload_text(self):
        payloads = self._payloads()
        for event in self:
            payload = payloads.get(event.id)
            event.payload_text = json.dumps(json.loads(payload), indent=2, ensure_ascii=False) if payload else False

    @api.depends("type")
    def _compute_type_name(self):
        names = self.env["audit.event.type"]._by_code()
        for event in self:
            event.type_name = names.get(event.type, event.type)

    @api.model
    def _selection_type(self):
        """Codes with their names, so that groups are headed by words."""
        return list(self.env["audit.event.type"]._by_code().items())

    @api.depends("type", "res_model", "res_id")
    def _compute_display_name(self):
        for event in self:
            event.display_name = "%s: %s" % (event.type_name, event.document_name)
