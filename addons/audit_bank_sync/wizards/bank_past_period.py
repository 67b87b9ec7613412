from datetime import timedelta

from markupsafe import Markup

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

LONGEST = 3700  # days
USUAL = 30  # days that are proposed where nothing tells what is wanted
ROW = Markup("<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>")
TABLE = Markup(
    "<table class='table table-sm mb-0'><thead><tr><th>%s</th><th>%s</th><th>%s</th><th>%s</th></tr>"
    "</thead><tbody>%s</tbody></table>"
)


class AuditBankPastPeriod(models.TransientModel):
    """Dialog that fetches a past period: what will be asked is shown before anything is."""

    _name = "audit.bank.past.period"
    _inherit = "audit.company.bound"
    _description = "Fetch a Past Period"

    connection_id = fields.Many2one("audit.bank.connection", required=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one(related="connection_id.company_id", store=True, precompute=True)
    account_ids = fields.Many2many(
        "audit.bank.account",
        string="Accounts",
        domain="[('connection_id', '=', connection_id)]",
        help="The accounts of the bank that are asked about.",
    )
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(string="To", required=True)
    obstacle = fields.Char(compute="_compute_shown")
    shown = fields.Html(string="What Will Be Asked", compute="_compute_shown", sanitize=True)

    @api.model
    def default_get(self, names):
        """The days that are missing, else those before the first ones that are known."""
        values = super().default_get(names)
        accounts = self.new({"account_ids": values.get("account_ids") or []}).account_ids._origin
        first, last = self._usual_days(accounts)
        return {**values, "date_from": values.get("date_from") or first, "date_to": values.get("date_to") or last}

    @api.model
    def _usual_days(self, accounts):
        windows = self.env["audit.bank.window"]
        mine = [("account_id", "in", accounts.ids), ("date_from", "!=", False), ("date_to", "!=", False)]
        missing = windows.search([*mine, ("state", "=", "missing")], order="date_from", limit=1)
        if missing:
            return missing.date_from, missing.date_to
        known = windows.search([*mine, ("state", "=", "fetched")], order="date_from", limit=1)
        before = known.date_from or fields.Date.today()
        return before - timedelta(days=USUAL), before - timedelta(days=1)

    @api.depends("connection_id", "account_ids", "date_from", "date_to")
    def _compute_shown(self):
        for one in self:
            one.obstacle = one._obstacle()
            one.shown = False if one.obstacle else one._windows_shown()

    def _obstacle(self):
        """Why the bank cannot be asked for this, and what to do; False where it can."""
        connection, today = self.connection_id, fields.Date.today()
        if not connection.can_be_asked:
            return _("This bank sends files. Import the statements of these days.")
        if not connection._can_ask_now():
            return _("No consent is in force. Ask the bank for one first.")
        if not self.account_ids:
            return _("Choose the accounts.")
        if not self.date_from or not self.date_to:
            return _("Choose the first and the last day.")
        if self.date_from > self.date_to:
            return _("The period ends before it begins.")
        if self.date_to > today:
            return _("The period ends in the future.")
        if (self.date_to - self.date_from).days >= LONGEST:
            return _("The period is longer than ten years. Choose a shorter one.")
        oldest = connection._provider()._oldest_day(connection)
        if oldest and self.date_from < oldest:
            return _(
                "Without its owner this bank tells of days from %s on. Begin there; or renew the consent and ask "
                "within the hour, when most banks tell of older days as well.",
                format_date(self.env, oldest),
            )
        return False

    def _windows_shown(self):
        """One row for each window: account, days, when it is asked, and what is here of them already."""
        rows = []
        for account in self.account_ids:
            # in a form that was not saved, accounts come as new records
            account = account._origin or account
            for ask in account._past_asks(self.date_from, self.date_to):
                known = account._known_in(ask.first, ask.last)
                here = _("%s fetched or imported; what is known counts once", len(known)) if known else _("nothing yet")
                days = "%s – %s" % (format_date(self.env, ask.first), format_date(self.env, ask.last))
                rows.append(ROW % (account.name, days, self._moment(ask.at), here))
        return TABLE % (_("Account"), _("Days"), _("Asked"), _("Here Already"), Markup("").join(rows))

    def _moment(self, at):
        if at is None:
            return _("at once")
        local = fields.Datetime.context_timestamp(self, at.replace(tzinfo=None))
        return _("after %s", local.strftime("%Y-%m-%d %H:%M"))

    def action_start(self):
        """Ask the bank: now what it permits today, the rest by itself when it permits more."""
        self.ensure_one()
        if not self.env.user.has_group("audit_connector_base.group_audit_user"):
            raise UserError(_("Only people with a role in Audit fetch from banks."))
        self._check_accounts()
        obstacle = self._obstacle()
        if obstacle:
            raise UserError(obstacle)
        # Sudo: windows are written by Odoo itself; who may ask was checked, and reading the accounts applied the rules.
        windows = self.account_ids.sudo()._ask_for_past(self.date_from, self.date_to)
        self._log(windows)
        windows._enqueue_due()
        action = self.env["ir.actions.act_window"]._for_xml_id("audit_bank_sync.audit_bank_window_action")
        return {**action, "domain": [("id", "in", windows.ids)], "context": {}}

    def _check_accounts(self):
        """Accounts of this connection, which the current user may see."""
        self.connection_id.read(["name"])
        self.account_ids.read(["name"])
        if self.account_ids.connection_id != self.connection_id and self.account_ids:
            raise UserError(_("Choose accounts of %s.", self.connection_id.name))

    def _log(self, windows):
        """Sudo: what is recorded does not depend on who acts."""
        for account, mine in windows.grouped("account_id").items():
            facts = {
                "name": account.name,
                "account": account.number,
                "period": "%s – %s" % (self.date_from, self.date_to),
                "windows": len(mine),
                "by": self.env.user.sudo().name or "",
            }
            subject = (account._name, account.id)
            self.env["audit.log.entry"]._append_facts("bank.past_asked", [(account.company_id, subject, facts)])
