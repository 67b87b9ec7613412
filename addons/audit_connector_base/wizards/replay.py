from odoo import Command, _, api, fields, models
from odoo.exceptions import UserError

from ..compat import check_access

AT_ONCE = 1000  # more are replayed by jobs, so many each
SAMPLE = 5

# What happened in the period, is something the connector asks for now, and was never meant for it. It is told by the
# version of the contract that the subscription keeps to, as what happens now is; see ``subscription_wanted``.
MISSING = """
SELECT e.id, s.id AS subscription_id, coalesce(chosen.major, e.contract_version) AS contract_major,
       CASE WHEN chosen.version_id IS NOT NULL THEN chosen.minor END AS contract_minor
  FROM audit_event e
  JOIN audit_event_type kind ON kind.code = e.type
  JOIN LATERAL (
    SELECT s.id FROM audit_subscription s
      JOIN audit_event_type_audit_subscription_rel wanted
        ON wanted.audit_subscription_id = s.id AND wanted.audit_event_type_id = kind.id
      JOIN audit_subscription_company_rel company
        ON company.audit_subscription_id = s.id AND company.res_company_id = e.company_id
     WHERE s.connector_id = %(connector)s AND s.active AND coalesce(s.domain, '[]') IN ('', '[]')
     ORDER BY s.sequence, s.id LIMIT 1) s ON true
  LEFT JOIN audit_subscription_contract chosen ON chosen.subscription_id = s.id AND chosen.entity = kind.entity
 WHERE e.time >= %(since)s AND e.time < %(until)s AND e.company_id = ANY(%(companies)s)
   AND NOT EXISTS (SELECT 1 FROM audit_delivery d WHERE d.event_id = e.id AND d.connector_id = %(connector)s)
"""
INSERT_MISSING = """
INSERT INTO audit_delivery (event_id, event_type, subscription_id, connector_id, company_id, message_id, subject, state,
                            priority, lane, due_at, contract_major, contract_minor, attempt_count, retry_count,
                            create_date, create_uid)
SELECT e.id, e.type, missing.subscription_id, %(connector)s, e.company_id, e.uuid, e.res_model || '/' || e.res_id,
       'pending', '2', 2, now() at time zone 'utc', missing.contract_major, missing.contract_minor, 0, 0,
       now() at time zone 'utc', %(user)s
  FROM (MISSING) missing JOIN audit_event e ON e.id = missing.id
 ORDER BY e.id
ON CONFLICT DO NOTHING
RETURNING id
""".replace("MISSING", MISSING)


class AuditReplay(models.TransientModel):
    """Choose what is sent again, see what that would be, and send it: under the same message ids, in the bulk lane."""

    _name = "audit.replay"
    _inherit = "audit.company.bound"
    _description = "Send Messages Again"

    delivery_ids = fields.Many2many("audit.delivery", string="Chosen Messages")
    connector_id = fields.Many2one("audit.connector")
    since = fields.Datetime(string="From")
    until = fields.Datetime(string="To")
    event_type_ids = fields.Many2many("audit.event.type", string="Events", help="Empty: all of them.")
    include_failed = fields.Boolean(string="Failed", default=True)
    include_cancelled = fields.Boolean(string="Cancelled")
    include_delivered = fields.Boolean(
        string="Delivered Already",
        help="The platform gets them once more under the same message ids, by which it can tell that it has them.",
    )
    include_missing = fields.Boolean(
        string="Never Sent",
        help="What happened before the connector asked for it. Subscriptions with a filter are left out: what a "
        "document looked like then is not known any more.",
    )
    failed_count = fields.Integer(string="Failed Found", compute="_compute_counts")
    cancelled_count = fields.Integer(string="Cancelled Found", compute="_compute_counts")
    delivered_count = fields.Integer(string="Delivered Found", compute="_compute_counts")
    missing_count = fields.Integer(string="Never Sent Found", compute="_compute_counts")
    total_count = fields.Integer(string="Will Be Sent", compute="_compute_counts")
    sample = fields.Text(string="Among Them", compute="_compute_counts")
    reason = fields.Char(required=True, help="Recorded in the audit trail of each document.")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        active_model, ids = self.env.context.get("active_model"), self.env.context.get("active_ids", [])
        if active_model == "audit.delivery":
            chosen = self.env["audit.delivery"].search([("id", "in", ids)])
            values["delivery_ids"] = [Command.set(chosen.ids)]
            states = set(chosen.mapped("state"))
            # What was delivered is skipped unless a person asks for it, even where nothing else was chosen.
            values["include_failed"] = "dead" in states
            values["include_cancelled"] = "cancelled" in states
        elif active_model == "audit.connector" and len(ids) == 1:
            values["connector_id"] = ids[0]
        return values

    @api.depends(
        "delivery_ids", "connector_id", "since", "until", "event_type_ids", "include_failed", "include_cancelled",
        "include_delivered", "include_missing",
    )  # fmt: skip
    def _compute_counts(self):
        """The dry run: what would be sent, counted with the rights of the person who asks."""
        for wizard in self:
            counts = dict.fromkeys(("dead", "cancelled", "delivered"), 0)
            if wizard.delivery_ids or wizard.connector_id:
                counts |= dict(
                    self.env["audit.delivery"]._read_group(
                        wizard._domain(("dead", "cancelled", "delivered")), ["state"], ["__count"]
                    )
                )
            wizard.failed_count, wizard.cancelled_count = counts["dead"], counts["cancelled"]
            wizard.delivered_count = counts["delivered"]
            wizard.missing_count = wizard._count_missing()
            chosen = wizard._states()
            wizard.total_count = sum(counts[state] for state in chosen) + (
                wizard.missing_count if wizard.include_missing else 0
            )
            some = self.env["audit.delivery"]
            if chosen and (wizard.delivery_ids or wizard.connector_id):
                some = some.search(wizard._domain(chosen), limit=SAMPLE)
            names = ["%s: %s" % (one.event_name, one.display_name) for one in some]
            wizard.sample = "\n".join(names)

    def _states(self):
        chosen = {
            "dead": self.include_failed, "cancelled": self.include_cancelled, "delivered": self.include_delivered,
        }  # fmt: skip
        return tuple(state for state, wanted in chosen.items() if wanted)

    def _domain(self, states):
        domain = [("state", "in", states)]
        if self.delivery_ids:
            return [*domain, ("id", "in", self.delivery_ids.ids)]
        domain.append(("connector_id", "=", self.connector_id.id))
        if self.since:
            domain.append(("create_date", ">=", self.since))
        if self.until:
            domain.append(("create_date", "<", self.until))
        if self.event_type_ids:
            domain.append(("event_type", "in", self.event_type_ids.mapped("code")))
        return domain

    def _missing_query(self, query):
        """``(query, parameters)`` of what was never sent, restricted to the chosen events."""
        parameters = {
            "connector": self.connector_id.id,
            "since": self.since or "1970-01-01",
            "until": self.until or "9999-01-01",
            "companies": self.env.companies.ids,
            "user": self.env.uid,
        }
        if self.event_type_ids:
            marker = "AND NOT EXISTS (SELECT 1 FROM audit_delivery d"
            query = query.replace(marker, "AND e.type = ANY(%%(types)s) %s" % marker)
            parameters["types"] = self.event_type_ids.mapped("code")
        return query, parameters

    def _count_missing(self):
        if not self.connector_id or self.delivery_ids or not self.include_missing:
            return 0
        query, parameters = self._missing_query(MISSING)
        self.env["audit.delivery"].flush_model()
        self.env.cr.execute(query, parameters)
        return len(self.env.cr.fetchall())

    def action_show(self):
        """Open the list of the messages that would be sent again."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("audit_connector_base.audit_delivery_action")
        name = _("Would Be Sent Again")
        return {**action, "name": name, "display_name": name, "domain": self._domain(self._states()), "context": {}}

    def action_replay(self):
        """Send them again: a few at once, many by jobs."""
        self.ensure_one()
        Delivery = self.env["audit.delivery"]
        Delivery._require_administrator(_("Only connector administrators may send messages again."))
        chosen = Delivery.search(self._domain(self._states()), order="id") if self._states() else Delivery
        if not self.reason.strip():
            raise UserError(_("Say why these messages are sent again."))
        check_access(self.connector_id, "read")
        missing = self._insert_missing()
        if not chosen and not missing:
            raise UserError(_("Nothing matches what you chose, so there is nothing to send."))
        if len(chosen) > AT_ONCE:
            chosen._replay_by_jobs(self.reason, AT_ONCE)
        else:
            chosen._replay(self.reason, bulk=len(chosen) > 1)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": _("Messages being sent again: %s.", len(chosen) + len(missing)),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _insert_missing(self):
        """Make the deliveries that were never made. Statement past the rules: only of companies the person may see."""
        Delivery = self.env["audit.delivery"]
        if not self.include_missing or not self.connector_id or self.delivery_ids:
            return Delivery
        query, parameters = self._missing_query(INSERT_MISSING)
        Delivery.flush_model()
        self.env["audit.subscription.contract"].flush_model()
        self.env.cr.execute(query, parameters)
        made = Delivery.browse(row[0] for row in self.env.cr.fetchall())
        made.invalidate_model()
        made._log_decision("delivery.replayed", self.reason)
        if made:
            self.env["audit.connector"]._request_drain()
        return made
