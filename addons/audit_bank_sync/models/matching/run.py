import logging
import time

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.audit_connector_base.transaction import short_transaction

from ...core.collector import sparing_the_collector
from ...core.matching.engine import match
from ...core.matching.values import Level
from .collecting import collected

_logger = logging.getLogger(__name__)
RUN_LOCK = 1_634_562_403
"""First key of the advisory lock of a search; the second is the company."""
KEPT = 50
"""Runs of a company that are kept; the rest is forgotten."""


class AuditMatchRun(models.Model):
    """One search for matches in a company: all open lines with all open items, as they are at that moment."""

    _name = "audit.match.run"
    _inherit = "audit.kept.by.odoo"
    _description = "Search for Matches"
    _order = "id desc"
    _rec_name = "create_date"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    state = fields.Selection(
        [("waiting", "Waiting"), ("done", "Done"), ("failed", "Failed")],
        required=True,
        readonly=True,
        default="waiting",
    )
    line_count = fields.Integer(string="Open Lines", readonly=True)
    item_count = fields.Integer(string="Open Items", readonly=True)
    found_count = fields.Integer(string="Lines With a Proposal", readonly=True)
    certain_count = fields.Integer(string="Certain", readonly=True)
    booked_count = fields.Integer(string="Booked Without a Person", readonly=True)
    seconds = fields.Float(readonly=True, digits=(10, 2))
    note = fields.Char(readonly=True)

    def _words_to_people(self):
        return _("Searches are made by Odoo itself. Ask for one at the work bench.")

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        if not self.env.su:
            raise UserError(_("What was searched is kept for a while and then forgotten by itself."))

    @api.model
    def _match_now(self, company):
        """Look for matches in one company and carry out what is certain, where that is switched on.

        Sudo: it reads all that is open of the company, for all of its people. Ask ``_may_search`` first.

        :return: the run
        """
        env = self.sudo().with_company(company).env
        settings = env["audit.match.settings"]._of_company(company)
        began = time.monotonic()
        run = env["audit.match.run"].create({"company_id": company.id})
        env["audit.match.proposal"]._notice_undone(company)
        with sparing_the_collector():
            given = collected(env, company)
            result = match(
                given.lines, given.items, given.partners, settings=settings._for_engine(), learned=given.learned,
                rates=given.rates, own=given.own,
            )  # fmt: skip
            result = env["audit.match.proposal"]._left_to_people(company, result)
            env["audit.match.proposal"]._store(company, given, result)
        booked = env["audit.match.proposal"]._accept_certain(company) if settings.automatic else 0
        first = [of_line[0] for of_line in result.values() if of_line]
        run.write(
            {
                "state": "done",
                "line_count": len(given.lines),
                "item_count": len(given.items),
                "found_count": len(first),
                "certain_count": sum(proposal.level is Level.AUTOMATIC for proposal in first),
                "booked_count": booked,
                "seconds": time.monotonic() - began,
            }
        )
        run.search([("company_id", "=", company.id)], offset=KEPT).unlink()
        return run

    @api.model
    def _request(self, companies):
        """Have a job look for matches in ``companies`` soon after this transaction, once however often it is asked."""
        cr, registry = self.env.cr, self.env.registry
        wanted = cr.postcommit.data.setdefault("audit.match.run", set())
        if not wanted and companies:

            @cr.postcommit.add
            def enqueue():
                try:
                    with short_transaction(registry, durable=False) as env:
                        for company_id in sorted(wanted):
                            env["audit.match.run"]._enqueue_one(company_id)
                except Exception:
                    # What asked for it is committed and must not be reported as failed; the schedule searches soon.
                    _logger.exception("The search for matches could not be started")

        wanted.update(companies.ids)

    @api.model
    def _cron_match(self):
        """Look in every company that has open bank lines."""
        self.env.cr.execute(
            """
            SELECT DISTINCT move.company_id FROM account_bank_statement_line line
              JOIN account_move move ON move.id = line.move_id
             WHERE move.state = 'posted' AND line.is_reconciled IS NOT TRUE
            """
        )
        for (company_id,) in self.env.cr.fetchall():
            self._enqueue_one(company_id)

    @api.model
    def _enqueue_one(self, company_id):
        key = "audit.match.run/%d" % company_id
        description = _("Look for matches of bank lines")
        self.sudo().with_delay(identity_key=key, description=description)._work(company_id)

    @api.model
    def _may_search(self, company):
        """Whether nobody else searches in this company; keeps others from it until this transaction ends."""
        self.env.cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [RUN_LOCK, company.id])
        return self.env.cr.fetchone()[0]

    @api.model
    def _work(self, company_id):
        """The job of one company."""
        company = self.env["res.company"].sudo().browse(company_id).exists()
        if not company:
            return _("The company is gone.")
        if not self._may_search(company):
            return _("Another search runs already.")
        run = self._match_now(company)
        return _("%(found)s of %(lines)s lines have a proposal.", found=run.found_count, lines=run.line_count)
