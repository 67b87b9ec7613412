import ast
import logging

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ...compat import check_access
from ...core.domains import any_of

_logger = logging.getLogger(__name__)

MAX_DOMAIN = 20_000  # characters


class AuditSubscription(models.Model):
    """Of which documents a platform hears: a filter of literals, judged at the moment at which something happens."""

    _inherit = "audit.subscription"

    document_model = fields.Char(compute="_compute_document_model")
    domain = fields.Char(
        string="Only Documents",
        help="Send only what happens to documents that match. Judged at the moment at which it happens.",
    )
    domain_count = fields.Integer(string="Documents Matching Now", compute="_compute_domain_count")
    may_filter = fields.Boolean(compute="_compute_may_filter")

    @api.depends("event_type_ids")
    def _compute_document_model(self):
        """The kind of document that all chosen events speak of, when it is one."""
        for subscription in self:
            models_spoken_of = {kind.document_model for kind in subscription.event_type_ids}
            subscription.document_model = models_spoken_of.pop() if len(models_spoken_of) == 1 else False

    @api.depends("document_model")
    @api.depends_context("uid")
    def _compute_may_filter(self):
        """A filter is tried with the rights of the person who sets it; see ``_check_domain``."""
        for subscription in self:
            try:
                subscription.may_filter = bool(subscription.document_model)
                if subscription.may_filter:
                    check_access(self.env[subscription.document_model], "read")
            except AccessError:
                subscription.may_filter = False

    @api.depends("domain", "event_type_ids", "company_ids")
    @api.depends_context("uid")
    def _compute_domain_count(self):
        """How many of the documents that such events speak of match now, with the rights of the person who looks."""
        self.env.flush_all()
        for subscription in self:
            count = 0
            if subscription.may_filter and subscription.domain:
                sources = [self.env["audit.source"]._of_entity(kind.entity) for kind in subscription.event_type_ids]
                told = any_of([source._told_domain(subscription.company_ids._origin) for source in sources])
                try:
                    # One that flushes would forget what was entered into the form so far.
                    with self.env.cr.savepoint(flush=False):
                        domain = [*told, *subscription._parsed_domain()]
                        count = self.env[subscription.document_model].search_count(domain)
                except Exception as error:
                    # What cannot be used is refused on saving, with the reason; until then somebody may be typing.
                    _logger.debug("The filter %s cannot be counted: %s", subscription.domain, error)
            subscription.domain_count = count

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

    def _matching_records(self, row, records):
        """Those of the records that the filter of a subscription lets through; none when it can no longer be used."""
        try:
            with self.env.cr.savepoint():
                return records.sudo().filtered_domain(self.browse(row["id"]).sudo()._parsed_domain())
        except Exception:
            # Posting goes on; the administrator finds the reason in the log and on the subscription.
            _logger.exception("The filter of subscription %s cannot be applied to %s", row["id"], records)
            return records.browse()
