import ast
import logging
from collections import defaultdict
from datetime import datetime, timezone

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ...core import batching
from .lanes import BULK, PRIORITIES, batch_lane

_logger = logging.getLogger(__name__)

MAX_DOMAIN = 20_000  # characters

# One query instead of a search and a reading, because every posting waits for it.
MATCHING = """
SELECT company.res_company_id AS company_id, s.id, s.connector_id, s.priority, s.mode, s.batch_every, s.batch_at,
       s.batch_zone, s.domain
  FROM audit_subscription s
  JOIN audit_subscription_company_rel company ON company.audit_subscription_id = s.id
  JOIN audit_event_type_audit_subscription_rel wanted ON wanted.audit_subscription_id = s.id
  JOIN audit_event_type kind ON kind.id = wanted.audit_event_type_id
 WHERE kind.code = %s AND s.active AND company.res_company_id = ANY(%s)
   AND (s.active_from IS NULL OR s.active_from <= %s)
 ORDER BY s.connector_id, s.sequence, s.id
"""

HOLD = """
UPDATE audit_delivery SET state = 'held' WHERE subscription_id = ANY(%s) AND state = 'pending'
"""
LET_GO = """
UPDATE audit_delivery SET state = 'pending' WHERE subscription_id = ANY(%s) AND state = 'held'
"""
MOVE = """
UPDATE audit_delivery d
   SET priority = s.priority,
       lane = CASE WHEN s.mode = 'batch' THEN 10 + s.id ELSE s.priority::integer END
  FROM audit_subscription s, audit_event e
 WHERE s.id = d.subscription_id AND s.id = ANY(%s) AND d.state IN ('pending', 'held')
   AND e.id = d.event_id AND NOT e.backfill
"""


class AuditSubscription(models.Model):
    """What one connector wants to hear of, of which companies, and how it is sent."""

    _name = "audit.subscription"
    _inherit = ["audit.company.bound", "audit.configuration"]
    _description = "Audit Subscription"
    _order = "connector_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True, readonly=False, precompute=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    connector_id = fields.Many2one("audit.connector", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="connector_id.company_id", store=True, index=True, precompute=True)
    company_ids = fields.Many2many(
        "res.company",
        "audit_subscription_company_rel",
        string="Companies",
        compute="_compute_company_ids",
        store=True,
        readonly=False,
        precompute=True,
        help="Whose documents the platform is told about.",
    )
    event_type_ids = fields.Many2many("audit.event.type", string="Events", required=True)
    priority = fields.Selection(
        PRIORITIES,
        required=True,
        default="1",
        help="Each priority is sent by jobs of its own: bulk never holds up critical. The order of what happens to a "
        "document is kept within a priority.",
    )
    mode = fields.Selection(
        [("single", "As It Happens"), ("batch", "In Batches")],
        string="Sent",
        required=True,
        default="single",
    )
    batch_every = fields.Selection(
        [
            ("5", "Every 5 Minutes"),
            ("15", "Every 15 Minutes"),
            ("60", "Every Hour"),
            ("240", "Every 4 Hours"),
            (batching.DAILY, "Once a Day"),
        ],
        string="Schedule",
        default="60",
        required=True,
    )
    batch_at = fields.Float(string="At", default=2.0, help="Hour of the day, in the time zone beside it.")
    batch_zone = fields.Selection("_selection_zone", string="Time Zone", default="UTC", required=True)
    batch_size = fields.Integer(
        string="Messages in a Batch", default=100, help="At most so many are sent together; the rest follows at once."
    )
    active_from = fields.Datetime(help="Events before this moment are not sent. Empty: from now on.")
    document_model = fields.Char(compute="_compute_document_model")
    domain = fields.Char(
        string="Only Documents",
        help="Send only what happens to documents that match. Judged at the moment at which it happens.",
    )
    domain_count = fields.Integer(string="Documents Matching Now", compute="_compute_domain_count")

    _sql_constraints = [
        ("batch_size_range", "CHECK (batch_size BETWEEN 1 AND 1000)", "A batch has between 1 and 1000 messages."),
        ("batch_at_range", "CHECK (batch_at >= 0 AND batch_at < 24)", "The hour lies between 0:00 and 23:59."),
    ]

    @api.model
    def _selection_zone(self):
        return self.env["res.partner"]._fields["tz"].get_description(self.env)["selection"]

    @api.depends("event_type_ids", "connector_id")
    def _compute_name(self):
        for subscription in self:
            subscription.name = subscription.name or ", ".join(subscription.event_type_ids.mapped("name"))

    @api.depends("connector_id")
    def _compute_company_ids(self):
        for subscription in self:
            subscription.company_ids = subscription.company_ids or subscription.connector_id.company_id

    @api.depends("event_type_ids")
    def _compute_document_model(self):
        """The kind of document that all chosen events speak of, when it is one."""
        for subscription in self:
            models_spoken_of = {kind.document_model for kind in subscription.event_type_ids}
            subscription.document_model = models_spoken_of.pop() if len(models_spoken_of) == 1 else False

    @api.depends("domain", "event_type_ids", "company_ids")
    def _compute_domain_count(self):
        """How many documents match now, seen with the rights of the person who looks."""
        for subscription in self:
            count = 0
            if subscription.document_model and subscription.domain:
                try:
                    domain = subscription._parsed_domain()
                    documents = self.env[subscription.document_model]
                    if "company_id" in documents._fields:
                        domain = ["&", ("company_id", "in", subscription.company_ids.ids), *domain]
                    count = documents.search_count(domain)
                except (AccessError, ValidationError):
                    count = 0
            subscription.domain_count = count

    @api.constrains("event_type_ids")
    def _check_event_types(self):
        if any(not subscription.event_type_ids for subscription in self):
            raise ValidationError(_("Choose at least one event that the platform shall be told about."))

    @api.constrains("company_ids")
    def _check_companies(self):
        """Whoever lets a platform hear of a company must be allowed to see that company."""
        for subscription in self:
            if not subscription.company_ids:
                raise ValidationError(_("Choose at least one company whose documents the platform is told about."))
            foreign = subscription.company_ids - self.env.user.company_ids
            if foreign and not self.env.su:
                raise ValidationError(
                    _(
                        "You may not connect the documents of %s: it is not among your companies.",
                        foreign[0].sudo().name,
                    )
                )

    @api.constrains("domain", "event_type_ids")
    def _check_domain(self):
        """Tried with the rights of the person who enters it, so that a filter asks for nothing they may not see."""
        for subscription in self.filtered("domain"):
            domain = subscription._parsed_domain()
            if not domain:
                continue
            if not subscription.document_model:
                raise ValidationError(
                    _("A filter needs events of one kind of document. Make a subscription for each kind.")
                )
            subscription._check_reach(domain)
            try:
                self.env[subscription.document_model].search(domain, limit=1)
            except Exception as error:
                raise ValidationError(
                    _("The filter of “%(name)s” cannot be used: %(reason)s", name=subscription.name, reason=error)
                ) from error

    def _check_reach(self, domain):
        """Refuse what looks into the lists of what a document only refers to, such as the other documents of a partner.

        A filter is judged past the rules of access. What it lets through would tell of records of other companies.
        Lists of the document itself, such as its lines, and one list of tags or taxes on the way are its own affair.

        :raises ValidationError: naming the field
        """
        for path in (term[0] for term in domain if not isinstance(term, str)):
            model, lists = self.env[self.document_model], 0
            for position, name in enumerate(path.split(".")):
                field = model._fields.get(name)
                if field is None or not field.relational:
                    break
                lists += field.type == "many2many" or field.type == "one2many" and 2 * bool(position)
                if lists > 1:
                    raise ValidationError(
                        _(
                            "The filter of “%(name)s” looks too far with “%(path)s”: from what a document refers to "
                            "there is no way on to further lists. Compare with the document's own fields and lines.",
                            name=self.name,
                            path=path,
                        )
                    )
                model = self.env[field.comodel_name]

    def _parsed_domain(self):
        """The filter as a list of literals.

        :raises ValidationError: when it is anything but literals, such as a call or a name
        """
        self.ensure_one()
        if len(self.domain or "") > MAX_DOMAIN:
            # It is read at every posting.
            raise ValidationError(_("The filter of “%s” is longer than any that a person could check.", self.name))
        try:
            domain = ast.literal_eval((self.domain or "[]").strip() or "[]")
        except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
            raise ValidationError(
                _(
                    "The filter of “%s” may compare fields with fixed values only. Words such as uid, context_today "
                    "or relative dates mean nothing at the moment at which a document is posted.",
                    self.name,
                )
            ) from error
        simple = (str, int, float, bool, type(None))
        for term in domain if isinstance(domain, list) else [None]:
            if term in ("&", "|", "!"):
                continue
            value = term[2] if isinstance(term, (list, tuple)) and len(term) == 3 and isinstance(term[0], str) else ...
            values = value if isinstance(value, (list, tuple)) else [value]
            if not all(isinstance(one, simple) for one in values):
                raise ValidationError(_("The filter of “%s” is no list of conditions with fixed values.", self.name))
        return domain

    @api.model_create_multi
    def create(self, vals_list):
        subscriptions = super().create(vals_list)
        subscriptions._hold_or_let_go()
        return subscriptions

    def write(self, vals):
        """Refuse another connector: the rules of access know the company that it would come from, not where it goes."""
        if "connector_id" in vals and any(one.connector_id.id != vals["connector_id"] for one in self):
            raise UserError(_("A subscription stays with its connector. Make a new one for the other connector."))
        result = super().write(vals)
        if not {"active", "mode", "priority"}.isdisjoint(vals):
            self._hold_or_let_go()
        return result

    def _hold_or_let_go(self):
        """What waits follows its subscription: held while it is switched off, and in the lane that it is sent in."""
        self.flush_recordset()
        self.env["audit.delivery"].flush_model()
        on = self.filtered("active")
        self.env.cr.execute(HOLD, [(self - on).ids])
        self.env.cr.execute(LET_GO, [on.ids])
        self.env.cr.execute(MOVE, [self.ids])
        self.env["audit.delivery"].invalidate_model(["state", "lane", "priority"])
        if on:
            on.connector_id._request_drain()

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink_with_waiting(self):
        """What waits would lose the reason why it waits, and go out."""
        waiting = self.env["audit.delivery"].search_count(
            [("subscription_id", "in", self.ids), ("state", "in", ("pending", "sending", "held"))]
        )
        if waiting:
            raise UserError(
                _("%s deliveries wait under this subscription. Switch it off instead of deleting it.", waiting)
            )

    @api.model
    def _wanted(self, event_type, records, companies, connectors=None, backfill=False):
        """Return who is told of ``event_type`` about ``records``: one row for each message to each platform.

        Sudo: who posts an invoice need not know which platforms listen. A message goes to a platform once, however
        many of its subscriptions ask for it: the first that matches counts. Archived connectors still collect, so that
        nothing is lost while they are switched off.

        :param companies: ids of the companies in whose books the records are, in their order
        :param connectors: only these, for a back-fill; their subscriptions to other companies or documents do not count
        :return: list of ``(company id, record id or None for all of the company, subscription id, connector id,
            priority, lane, due at (UTC, naive))``
        """
        self.flush_model()
        self.env["audit.event.type"].flush_model(["code"])
        now = datetime.now(timezone.utc)
        company_of = dict(zip(records.ids, companies))
        self.env.cr.execute(MATCHING, [event_type, list(set(companies)), now.replace(tzinfo=None)])
        found = self.env.cr.dictfetchall()
        if connectors is not None:
            found = [row for row in found if row["connector_id"] in connectors.ids]
        wanted, everything, taken = [], set(), defaultdict(set)
        for row in found:
            target = (row["company_id"], row["connector_id"])
            if target in everything:
                continue
            terms = self._terms(row, now, backfill)
            if not row["domain"]:
                if taken[target]:
                    rest = [
                        one.id for one in records if company_of[one.id] == target[0] and one.id not in taken[target]
                    ]
                    wanted += [(target[0], res_id, *terms) for res_id in rest]
                else:
                    wanted.append((target[0], None, *terms))
                everything.add(target)
                continue
            for record in self._matching_records(row, records):
                if company_of[record.id] == target[0] and record.id not in taken[target]:
                    taken[target].add(record.id)
                    wanted.append((target[0], record.id, *terms))
        return wanted

    def _terms(self, row, now, backfill):
        priority = BULK if backfill else int(row["priority"])
        lane, due_at = priority, now
        if row["mode"] == "batch" and not backfill:
            lane = batch_lane(row["id"])
            due_at = batching.next_slot(row["batch_every"], now, row["batch_at"], row["batch_zone"])
        return row["id"], row["connector_id"], str(priority), lane, due_at.replace(tzinfo=None)

    def _matching_records(self, row, records):
        """Those of the records that the filter of a subscription lets through; none when it can no longer be used."""
        try:
            with self.env.cr.savepoint():
                return records.sudo().filtered_domain(self.browse(row["id"]).sudo()._parsed_domain())
        except Exception:
            # Posting goes on; the administrator finds the reason in the log and on the subscription.
            _logger.exception("The filter of subscription %s cannot be applied to %s", row["id"], records)
            return records.browse()

    def _disable_as_gone(self):
        """Switch off what the receiver does not want any more (it answered 410) and tell the connector's owner."""
        for subscription in self.filtered("active"):
            subscription.active = False
            subscription.connector_id.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=_("The receiver wants no more of “%s”", subscription.name),
                note=_(
                    "It answered 410 Gone, so the subscription was switched off. Waiting deliveries are kept and go "
                    "out when you switch it on again."
                ),
                user_id=(subscription.connector_id.user_id or self.env.user).id,
            )
