import json
from datetime import datetime, timedelta, timezone

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...compat import check_access
from ...core import breaker
from .delivery_queries import WAKE_INDEX

PAUSES = (1, 2, 5, 10, 30, 60)  # seconds after the first, second … answer in a row that asks to slow down
LONGEST_PAUSE = 3600  # of the whole connector; the message itself waits as long as it was asked to
DISABLE_AFTER = timedelta(days=5)

LOCK = "SELECT * FROM audit_connector_state WHERE connector_id = %s FOR NO KEY UPDATE"
STORE = """
UPDATE audit_connector_state
   SET breaker = %(breaker)s, paused_until = %(paused_until)s, slow_downs = %(slow_downs)s,
       failing_since = %(failing_since)s, last_success_at = %(last_success_at)s,
       allowance = %(allowance)s, allowance_at = %(allowance_at)s,
       disabled_at = %(disabled_at)s, disabled_reason = %(disabled_reason)s
 WHERE connector_id = %(connector_id)s
"""
COUNT = """
INSERT INTO audit_connector_day (connector_id, company_id, day, delivered, failed, tried_again)
SELECT id, company_id, %s, %s, %s, %s FROM audit_connector WHERE id = %s
ON CONFLICT (connector_id, day) DO UPDATE
   SET delivered = audit_connector_day.delivered + EXCLUDED.delivered,
       failed = audit_connector_day.failed + EXCLUDED.failed,
       tried_again = audit_connector_day.tried_again + EXCLUDED.tried_again
"""


class AuditConnectorDay(models.Model):
    """How many messages a connector took on one day, counted as they settle: a dashboard must not count millions."""

    _name = "audit.connector.day"
    _inherit = "audit.company.bound"
    _description = "Audit Connector Day"
    _log_access = False
    _order = "day desc"

    connector_id = fields.Many2one("audit.connector", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    day = fields.Date(required=True, readonly=True)
    delivered = fields.Integer(readonly=True)
    failed = fields.Integer(readonly=True)
    tried_again = fields.Integer(readonly=True)

    _sql_constraints = [("once_a_day", "UNIQUE (connector_id, day)", "There is one count for a connector and day.")]


class AuditConnectorState(models.Model):
    """How a connector fares: breaker, pauses, allowance. One row a connector, written by the runs that send.

    It stands beside the connector and not in it: a posting refers to the connector's row, and one that was changed in
    the meantime would make the posting start again.
    """

    _name = "audit.connector.state"
    _inherit = "audit.company.bound"
    _description = "Audit Connector State"
    _log_access = False
    _rec_name = "connector_id"

    connector_id = fields.Many2one("audit.connector", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="connector_id.company_id", store=True, precompute=True, index=True)
    breaker = fields.Json(readonly=True)
    paused_until = fields.Datetime(readonly=True)
    slow_downs = fields.Integer(readonly=True, default=0)
    failing_since = fields.Datetime(readonly=True)
    last_success_at = fields.Datetime(readonly=True)
    allowance = fields.Float(readonly=True, default=0)
    allowance_at = fields.Datetime(readonly=True)
    disabled_at = fields.Datetime(readonly=True)
    disabled_reason = fields.Char(readonly=True)

    _sql_constraints = [("one_each", "UNIQUE (connector_id)", "A connector has one state.")]

    def init(self):
        """Connectors that were made before there was a state, and where the job that wakes them is found."""
        self.env.cr.execute(WAKE_INDEX)
        self.env.cr.execute(
            """
            INSERT INTO audit_connector_state (connector_id, company_id, slow_downs, allowance)
            SELECT c.id, c.company_id, 0, 0 FROM audit_connector c ON CONFLICT DO NOTHING
            """
        )


class AuditConnector(models.Model):
    """Whether a connector may send now, and what an attempt teaches about it."""

    _inherit = "audit.connector"

    retry_policy_id = fields.Many2one(
        "audit.retry.policy",
        string="Retry Policy",
        default=lambda self: self._default_retry_policy(),
        check_company=True,
        tracking=True,
        help="When a message that was not taken is tried again, and which answers are worth it.",
    )
    rate_limit = fields.Integer(
        string="Messages a Minute",
        tracking=True,
        help="Send no more than so many a minute, the most urgent first. A batch counts as one. 0: no limit.",
    )
    state_ids = fields.One2many("audit.connector.state", "connector_id", readonly=True)
    day_ids = fields.One2many("audit.connector.day", "connector_id", readonly=True)
    disabled_at = fields.Datetime(string="Stopped On", compute="_compute_state")
    disabled_reason = fields.Char(string="Why It Was Stopped", compute="_compute_state")
    breaker_open = fields.Boolean(compute="_compute_state")
    failing_since = fields.Datetime(compute="_compute_state")
    last_success_at = fields.Datetime(string="Last Success", compute="_compute_state")

    _sql_constraints = [
        ("rate_limit_range", "CHECK (rate_limit BETWEEN 0 AND 600000)", "The limit is a number up to 600,000, or 0."),
    ]

    @api.model
    def _default_retry_policy(self):
        """The policy chosen in the settings, else the standard one; none while the module is being installed."""
        chosen = int(self.env["ir.config_parameter"].sudo().get_param("audit.retry_policy_id", "0") or 0)
        policy = chosen and self.env["audit.retry.policy"].search([("id", "=", chosen)])
        return policy or self.env.ref("audit_connector_base.retry_policy_standard", raise_if_not_found=False)

    @api.depends("state_ids")
    def _compute_state(self):
        """Read anew each time: runs write these rows past the cache."""
        self.env["audit.connector.state"].invalidate_model()
        for connector in self:
            state = connector.state_ids[:1]
            connector.disabled_at = state.disabled_at
            connector.disabled_reason = state.disabled_reason
            connector.breaker_open = breaker.is_open(state.breaker)
            connector.failing_since = state.failing_since
            connector.last_success_at = state.last_success_at

    @api.model_create_multi
    def create(self, vals_list):
        """Sudo: nobody writes states by hand."""
        connectors = super().create(vals_list)
        self.env["audit.connector.state"].sudo().create([{"connector_id": one.id} for one in connectors])
        return connectors

    def _locked_state(self):
        """Return the state as a dict, locked until the end of the transaction (a short one; see ``drain``)."""
        self.env.cr.execute(LOCK, [self.id])
        return self.env.cr.dictfetchone()

    def _store_state(self, state):
        self.env.cr.execute(STORE, {**state, "breaker": json.dumps(state["breaker"])})

    def _permission(self):
        """Ask whether to send: ``("all" | "probe", None)``, ``("wait", until)`` (UTC, naive) or ``("never", None)``.

        Who is told to probe has used the permission to do so; see ``core.breaker``.
        """
        state = self._locked_state()
        now = _now()
        if state["disabled_at"]:
            return "never", None
        if state["paused_until"] and state["paused_until"] > now:
            return "wait", state["paused_until"]
        (what, until), after = breaker.permission(state["breaker"], now.replace(tzinfo=timezone.utc).timestamp())
        if what == "probe":
            self._store_state({**state, "breaker": after})
        return what, until and datetime.fromtimestamp(until, timezone.utc).replace(tzinfo=None)

    def _take_allowance(self, wanted):
        """Return how many of ``wanted`` messages or batches the connector's limit lets through now, using them up, and
        the seconds until the next where it is none.

        A bucket that fills at the limit's rate and holds what is due in a second, at least one message.
        """
        if not self.rate_limit:
            return wanted, 0
        state, now = self._locked_state(), _now()
        a_second = self.rate_limit / 60
        room = max(a_second, 1)
        filled = (now - state["allowance_at"]).total_seconds() * a_second if state["allowance_at"] else room
        allowance = min(state["allowance"] + max(filled, 0), room)
        taken = min(wanted, int(allowance))
        self._store_state({**state, "allowance": allowance - taken, "allowance_at": now})
        return taken, 0 if taken else (1 - allowance) / a_second

    def _learn(self, attempts, now):
        """Keep what a round of attempts teaches; returns ``(may go on, pause until or None)``.

        :param attempts: list of ``(verdict, retry after in seconds or None, whether it reached out at all, whether only
            somebody who wants the message was missing)``
        :param now: UTC, naive
        """
        state = self._locked_state()
        tried = [(verdict, after) for verdict, after, reached, _unwanted in attempts if reached]
        good = [verdict == "delivered" for verdict, _after in tried]
        # A final refusal of one message says nothing about the next, so only these count for the breaker. A broker in
        # which no queue is bound for a kind of message is well.
        counted = [
            verdict == "delivered" or unwanted
            for verdict, _after, reached, unwanted in attempts
            if reached and verdict in ("delivered", "retry", "slow_down")
        ]
        was_open = breaker.is_open(state["breaker"])
        state["breaker"] = breaker.record(state["breaker"], now.replace(tzinfo=timezone.utc).timestamp(), counted)
        slowed = [after or 0 for verdict, after in tried if verdict == "slow_down"]
        if slowed:
            pause = min(max(*slowed, PAUSES[min(state["slow_downs"], len(PAUSES) - 1)]), LONGEST_PAUSE)
            state["slow_downs"] += 1
            state["paused_until"] = max(now + timedelta(seconds=pause), state["paused_until"] or now)
        if any(good):
            state["last_success_at"], state["failing_since"] = now, None
            state["slow_downs"] = state["slow_downs"] if slowed else 0
        elif tried:
            state["failing_since"] = state["failing_since"] or now
            if now - state["failing_since"] >= DISABLE_AFTER and not state["disabled_at"]:
                state["disabled_at"] = now
                state["disabled_reason"] = _("Nothing was delivered for 5 days.")
                self._report_disabled()
        self._store_state(state)
        self._count_day(attempts, now)
        opened = breaker.is_open(state["breaker"])
        may_go_on = not slowed and not state["disabled_at"] and not opened
        return may_go_on, was_open or opened

    def _count_day(self, attempts, now):
        verdicts = [verdict for verdict, *_rest in attempts]
        delivered = verdicts.count("delivered")
        again = verdicts.count("retry") + verdicts.count("slow_down") + verdicts.count("cut")
        self.env.cr.execute(
            COUNT,
            [now.date(), delivered, len(verdicts) - delivered - again, again, self.id],
        )

    def _report_disabled(self):
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=_("Nothing was delivered to “%s” for 5 days", self.name),
            note=_(
                "Sending was stopped. What happens meanwhile is kept and waits. Repair the connection, send a test "
                "message, and press “Start Again” on the connector."
            ),
            user_id=(self.user_id or self.env.user).id,
        )

    def action_start_again(self):
        """Forget past failures and pauses, and send what waits."""
        if not self.env.user.has_group("audit_connector_base.group_audit_connector_admin"):
            raise UserError(_("Only connector administrators may start a connector again."))
        check_access(self, "write")
        self._start_again()
        return True

    def _start_again(self):
        """Forget past failures, and send."""
        for connector in self:
            state = connector._locked_state()
            blank = dict.fromkeys(("breaker", "paused_until", "failing_since", "disabled_at", "disabled_reason"))
            connector._store_state({**state, **blank, "slow_downs": 0})
        self.env["audit.connector.state"].invalidate_model()
        self._request_drain()


def _now():
    return datetime.now(timezone.utc).replace(tzinfo=None)
