from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...core.domains import any_of, field_from

# Told, or about to be: what failed for good is sent again as it was, and what somebody cancelled is for them to say.
UNTOLD = """
SELECT chosen.id
  FROM unnest(%(ids)s::integer[]) WITH ORDINALITY AS chosen (id, position)
 WHERE NOT EXISTS (
        SELECT 1 FROM audit_event e
          JOIN audit_delivery d ON d.event_id = e.id AND d.connector_id = %(connector)s
         WHERE e.res_model = %(model)s AND e.res_id = chosen.id AND e.type = %(type)s)
 ORDER BY chosen.position
"""


class AuditBackfillScope(models.AbstractModel):
    """Which documents a connector is told of afterwards: those of a period, as far as its subscriptions want them."""

    _name = "audit.backfill.scope"
    _description = "Scope of a Back-fill"

    connector_id = fields.Many2one("audit.connector", required=True, ondelete="cascade")
    event_type_id = fields.Many2one("audit.event.type", string="Event", required=True, ondelete="cascade")
    document_model = fields.Char(related="event_type_id.document_model")
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(string="To", required=True)
    company_ids = fields.Many2many("res.company", string="Companies")
    domain = fields.Char(string="Only Documents", help="Conditions that the documents must meet; empty: all of them.")
    skip_told = fields.Boolean(
        string="Only What It Was Not Told Yet",
        default=True,
        help="Leave out documents of which this event was sent to the platform before, or waits to be.",
    )

    @api.model
    def _can_be_told(self, kind):
        """Whether documents tell when such an event happened to them, so that it can be said afterwards."""
        source = self.env["audit.event.type"]._source(kind.code)
        today = fields.Date.today()
        return source is not None and source._backfill_domain(kind.code, today, today, self.env.company) is not None

    def _subscriptions(self):
        """Those by which the connector wants the event now.

        Sudo: what a connector is told of does not depend on who looks.
        """
        self.ensure_one()
        return (
            self.env["audit.subscription"]
            .sudo()
            .search(
                [
                    ("connector_id", "=", self.connector_id._origin.id),
                    ("event_type_ids", "in", self.event_type_id._origin.ids),
                    ("company_ids", "in", self.company_ids._origin.ids),
                    "|",
                    ("active_from", "=", False),
                    ("active_from", "<=", fields.Datetime.now()),
                ]
            )
        )

    def _source(self):
        """The builder of the messages.

        :raises UserError: when the event cannot be told afterwards
        """
        if not self._can_be_told(self.event_type_id):
            raise UserError(
                _(
                    "“%s” cannot be back-filled: the documents do not tell when it happened.",
                    self.event_type_id.name,
                )
            )
        return self.env["audit.event.type"]._source(self.event_type_id.code)

    def _documents_domain(self, date_from=None, date_to=None):
        """The domain of the documents, for the whole period or a part of it.

        :raises UserError: when the event cannot be told afterwards, or the connector does not want it
        """
        source, subscriptions = self._source(), self._subscriptions()
        companies = self.company_ids._origin & subscriptions.company_ids
        if not companies:
            raise UserError(
                _(
                    "“%(connector)s” has no active subscription to “%(event)s” in the chosen companies. Add one on the "
                    "page “Sends” of the connector first.",
                    connector=self.connector_id.name,
                    event=self.event_type_id.name,
                )
            )
        domain = source._backfill_domain(
            self.event_type_id.code, date_from or self.date_from, date_to or self.date_to, companies
        )
        return [*domain, *self._let_through(companies, subscriptions), *self._own_conditions()]

    def _document_ids(self):
        """Return the ids of the documents, the earliest first.

        Sudo, as what is sent does not depend on who asks for it; but where that person adds conditions the search is
        with their rights, so that counting tells them nothing about what they may not see.

        :raises UserError: as ``_documents_domain``
        """
        self.ensure_one()
        domain = self._documents_domain()
        documents = self.env[self.document_model].with_context(
            active_test=False, allowed_company_ids=self.company_ids._origin.ids
        )
        if not self._own_conditions():
            documents = documents.sudo()
        ids = documents.search(domain, order="%s, id" % self._period_field(domain)).ids
        return self._untold(ids) if self.skip_told else ids

    def _period_field(self, domain):
        """The field of the documents by which they belong to a period."""
        return field_from(domain, "create_date")

    def _own_conditions(self):
        """The conditions that the person added, as a list of literals.

        :raises ValidationError: when they are anything else
        """
        if not self.domain or self.domain.strip() == "[]":
            return []
        return self.env["audit.subscription"].new({"name": _("Back-fill"), "domain": self.domain})._parsed_domain()

    def _let_through(self, companies, subscriptions):
        """The domain of the documents that pass the filters of the subscriptions, each for its companies."""
        filters = {
            company: any_of([one._parsed_domain() for one in subscriptions if company in one.company_ids])
            for company in companies
        }
        if not any(filters.values()):
            return []
        if len(filters) == 1:
            return filters[companies]
        # What belongs to no company is told by the connector's own.
        own = {company: [company.id, False][: 1 + (company == self.connector_id.company_id)] for company in companies}
        return any_of([[("company_id", "in", own[company]), *filters[company]] for company in companies])

    def _untold(self, ids):
        if not ids:
            return []
        self.env["audit.delivery"].flush_model()
        self.env.cr.execute(
            UNTOLD,
            {
                "ids": ids,
                "connector": self.connector_id._origin.id,
                "model": self.document_model,
                "type": self.event_type_id.code,
            },
        )
        return [row[0] for row in self.env.cr.fetchall()]
