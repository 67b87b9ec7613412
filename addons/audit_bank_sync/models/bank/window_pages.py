from odoo import _, fields, models

from ...core.bank_files.statement import Account
from ...core.staging import pages
from .settling import said_balances


class AuditBankWindow(models.Model):
    """A statement whose pages came in several files: judged as one, by the window of its last page.

    The windows of the other pages keep their transactions and point to that one.
    """

    _inherit = "audit.bank.window"

    page_list = fields.Json(readonly=True, help="What the pages said of themselves, to join them with those to come.")
    joined_id = fields.Many2one(
        "audit.bank.window",
        string="Judged With",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The window of the last page of the same statement, which came in another file.",
    )
    part_ids = fields.One2many("audit.bank.window", "joined_id", string="Other Pages", readonly=True)

    def _keep_pages(self, listed):
        """Keep what ``Page`` values of this window say of themselves, where the bank pages. Superuser only."""
        self.ensure_one()
        if self.kind == "statement" and self.number:
            self.page_list = pages.pages_as_plain(list(listed)) or False

    def _join_over_files(self):
        """Judge statements of which a page came now and others before. Superuser only.

        What adds up by itself is no page of another one: some banks count their statements where pages are counted.
        """
        for window in self.filtered(lambda one: one.page_list and one.agreement == "unknown"):
            account = window.account_id
            kept = {one.id: one.page_list for one in (window._other_pages() | window).sorted("id")}
            found = pages.joined(kept, window.id, Account(account.number, account.currency_id.name))
            if found:
                statement, ids = found
                window.browse(ids)._judge_as_one(statement)

    def _other_pages(self):
        """Windows of the account with pages under the same number of statement, that are no whole by themselves."""
        return self.search(
            [
                ("account_id", "=", self.account_id.id),
                ("kind", "=", "statement"),
                ("state", "=", "fetched"),
                ("number", "=", self.number),
                "|",
                ("agreement", "=", "unknown"),
                ("part_ids", "!=", False),
                ("id", "!=", self.id),
            ]
        ).filtered("page_list")

    def _judge_as_one(self, statement):
        """Write what the joined pages say onto the window of the last one. Superuser only."""
        last = self.filtered(lambda one: any(_is(one, page) for page in statement.pages[-1:]))[:1] or self[-1:]
        others = self - last
        last.joined_id = False
        others.write({"joined_id": last.id, "note": _("Judged with its last page: %s.", last.display_name)})
        last.write(
            {
                **said_balances(statement),
                "date_from": min(self.filtered("date_from").mapped("date_from"), default=False),
                "date_to": max(self.filtered("date_to").mapped("date_to"), default=False),
            }
        )
        self.env["audit.exception"].concat(
            *(self.env["audit.exception"]._about_bank("bank_balance", one) for one in others)
        )._close("superseded")
        last._explain(statement)


def _is(window, page):
    return any(one["fingerprint"] == page.fingerprint for one in window.page_list)
