import base64
import binascii

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..core.bank_files import bank_file, checks
from ..core.bank_files.balances import tie
from ..core.bank_files.mt_account import is_same_account
from ..core.bank_files.problems import Findings, Unreadable
from ..core.bank_files.statement import Account
from ..models.bank.file_import import AT_ONCE, plain_name

LONGEST_SHOWN = AT_ONCE * 4 // 3  # characters of base64 that are read while somebody looks on


class AuditBankImport(models.TransientModel):
    """Importing bank files: choose them, look at what is in them, import. Nothing is kept before the last step."""

    _name = "audit.bank.import"
    _inherit = ["audit.company.bound", "audit.bank.preview"]
    _description = "Import Bank Statements"

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    content = fields.Binary(string="File", attachment=False)
    name = fields.Char(string="File Name")
    mapping_id = fields.Many2one(
        "audit.bank.mapping",
        string="CSV Mapping",
        domain="[('company_id', '=', company_id)]",
        help="For CSV files only: how the columns of this bank are read.",
    )
    needs_mapping = fields.Boolean(readonly=True)
    summary = fields.Char(readonly=True)
    obstacle = fields.Html(readonly=True, sanitize=True)
    remarks = fields.Html(readonly=True, sanitize=True)
    sample = fields.Html(readonly=True, sanitize=True)
    account_ids = fields.One2many("audit.bank.import.account", "import_id")
    unlinked = fields.Char(compute="_compute_unlinked")
    may_import = fields.Boolean(readonly=True)

    @api.depends("account_ids.journal_id", "account_ids.is_known", "account_ids.number")
    def _compute_unlinked(self):
        """The accounts for which somebody has to choose a journal, else the file cannot be read."""
        for dialog in self:
            missing = dialog.account_ids.filtered(lambda one: not (one.journal_id or one.is_known))
            dialog.unlinked = ", ".join(missing.mapped("number"))

    @api.onchange("content", "mapping_id")
    def _onchange_content(self):
        """Read the file and show what is in it; what takes long is read by a job, after it was handed in.

        Odoo asks nobody who calls this whether they may, so it is asked here.
        """
        if self.content:
            self._check_may_import()
        self._forget()
        if not self.content:
            self.obstacle = self._empty_in_words()
            return
        if len(self.content) > LONGEST_SHOWN:
            self.summary = _("The file is large: it is read after it was handed in, and reported then.")
            self.needs_mapping = bool(self.mapping_id)
            self.may_import = True
            return
        data = self._data()
        try:
            members = self.env["audit.bank.file"]._members(self.name or "", data)
            contents = [(name, self._read_whole(content)) for name, content in members]
        except Unreadable as error:
            self._show_obstacle(error)
            return
        self._show([content for _name, content in contents])

    def _forget(self):
        self.account_ids = [fields.Command.clear()]
        self.summary = self.obstacle = self.remarks = self.sample = False
        self.needs_mapping = self.may_import = False

    def _empty_in_words(self):
        """A file without a byte, of which a browser sends the name alone; False where none was chosen."""
        if not self.name:
            return False
        said = _("“%s” is empty. Download it from the bank once more, then choose it again.", plain_name(self.name))
        return self._sentences_shown([said])

    def _data(self):
        """The bytes of the upload; a form that is being filled in holds them as base64."""
        try:
            return base64.b64decode(self.content or b"")
        except (binascii.Error, ValueError):
            raise UserError(_("The file did not arrive whole. Choose it once more.")) from None

    def _read_whole(self, data):
        """The ``Content`` of a file, its problems with those that an import would report; raises ``Unreadable``."""
        mapping = self.mapping_id._core() if self.mapping_id else None
        content = bank_file.read_whole(data, mapping=mapping)
        findings, today = Findings(), fields.Date.today()
        for entry in content.entries:
            checks.check_entry(entry, today, findings)
        findings.raise_errors()
        content.problems.extend(findings.list)
        return content

    def _show_obstacle(self, error):
        self.needs_mapping = any(problem.code == "format-unknown" for problem in error.problems) or bool(
            self.mapping_id
        )
        self.obstacle = self._sentences_shown(str(one) for one in error.problems if one.severity == "error")

    def _show(self, contents):
        entries = [entry for content in contents for entry in content.entries]
        formats = ", ".join(sorted({content.format for content in contents}))
        reports = [content.report for content in contents if content.report]
        self.needs_mapping = bool(self.mapping_id)
        if reports:
            self.summary = _("%(format)s: what the bank says about payments that were sent", format=formats)
        else:
            self.summary = _(
                "%(format)s: entries: %(entries)s, statements: %(statements)s",
                format=formats,
                entries=len(entries),
                statements=sum(len(content.statements) for content in contents),
            )
        warnings = [problem for content in contents for problem in content.problems]
        self.remarks = self._sentences_shown(str(problem) for problem in warnings)
        self.sample = self._entries_shown(entries)
        accounts = self._accounts([one for content in contents for one in content.statements])
        self.account_ids = [fields.Command.create(values) for values in accounts]
        self.may_import = True

    def _accounts(self, statements):
        """One dict of values for each account that the statements name, with the journal that is known for it."""
        groups = {}
        for statement in statements:
            key = (statement.account.key, statement.account.currency)
            groups.setdefault(key, []).append(statement)
        known = self.env["audit.bank.account"].search([("company_id", "=", self.company_id.id)])
        for (_key, currency), group in groups.items():
            account = group[0].account
            ours = _followed(known, account.number, account.currency)
            record = self.env["audit.bank.account"]._currency(currency) or self.company_id.currency_id
            journal = ours.journal_id or known._journal_of(self.company_id, account.number, record)
            days = [day for one in group for page in one.pages for day in (page.from_date, page.to_date) if day]
            days += [one.closing.date for one in group if one.closing and one.closing.date]
            first, last = group[0].opening, group[-1].closing
            outcomes = {tie(one).agrees for one in group}
            yield {
                "number": account.number,
                "currency_name": currency or record.name,
                "entry_count": sum(page.entries or page.counted.count or 0 for one in group for page in one.pages),
                "period": " – ".join(sorted({str(min(days)), str(max(days))})) if days else "",
                "opening": str(first.amount) if first else "",
                "booked": str(sum(one.booked for one in group)),
                "closing": str(last.amount) if last else "",
                "check": "differs" if False in outcomes else "agrees" if outcomes == {True} else "unknown",
                "is_known": bool(ours),
                "journal_id": journal.id,
            }

    def action_import(self):
        """Keep the files and read them; show the report, or the list of what came of several."""
        self.ensure_one()
        self._check_may_import()
        if not self.content:
            raise UserError(_("Choose a file first."))
        files = self.env["audit.bank.file"]._receive_all(
            self.company_id, self.name or _("Statement"), self._data(), mapping=self.mapping_id
        )
        self._link_accounts(files)
        for file in files.filtered(lambda one: one.state != "imported"):
            if file.size > AT_ONCE:
                file.with_delay(description=_("Read bank file %s", file.name))._import_by_job()
            else:
                file._import()
        return self._report(files)

    def _check_may_import(self):
        if not self.env.user.has_group("audit_connector_base.group_audit_user"):
            raise UserError(_("Only people with a role in Audit import bank files."))

    def _link_accounts(self, files):
        """Make the accounts for which a journal was chosen. Sudo: whoever imports may say which journal is meant.

        Which accounts are followed already is looked up here once more: a browser sends back what can be edited only,
        and another file may have brought the account meanwhile.
        """
        accounts = self.env["audit.bank.account"]
        for line in self.account_ids.filtered("journal_id"):
            if _followed(files[:1]._known_accounts(), line.number, line.currency_name):
                continue
            if line.journal_id.company_id != self.company_id:
                raise UserError(_("Choose a journal of %s.", self.company_id.name))
            currency = accounts._currency(line.currency_name) or self.company_id.currency_id
            files[:1]._link(Account(line.number, currency.name), currency, line.journal_id.sudo())

    def _report(self, files):
        files = files.sudo(False)
        if len(files) == 1:
            return {**files.get_formview_action(), "target": "current"}
        action = self.env["ir.actions.act_window"]._for_xml_id("audit_bank_sync.audit_bank_file_action")
        return {**action, "domain": [("id", "in", files.ids)]}


def _followed(known, number, currency_code):
    """The account among ``known`` that a file means by a number and a currency (code, or empty), or an empty one."""
    return known.filtered(
        lambda one: is_same_account(number, one.number) and currency_code in (one.currency_id.name, "", False)
    )[:1]
