import re

from odoo import _, fields, http
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..core.portal_text import one_line, paragraphs
from .portal import ADDRESS, ENGAGEMENT, shared_engagement
from .portal_request import LARGEST_FORM, address_of

LONGEST_TITLE = 200  # characters
LONGEST_DESCRIPTION = 5000  # characters


class AuditAskPortal(CustomerPortal):
    """The form in which an auditor asks for something new.

    Auth and what is another's: as ``AuditPortal``. Limits: a form of ``LARGEST_FORM`` bytes. Odoo's token guards it.
    """

    @http.route(ENGAGEMENT + "/ask", type="http", auth="user", website=True, methods=["GET"])
    def ask(self, engagement_id, **_query):
        """The form, empty."""
        engagement = shared_engagement(engagement_id)
        engagement._log_viewed()
        return self._ask_form(engagement)

    @http.route(
        ENGAGEMENT + "/ask",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
        max_content_length=LARGEST_FORM,
    )
    def raise_request(self, engagement_id, kind="request", title="", description="", due_date="", **_form):
        """Raise a request in the name of the auditor; the same form sent twice raises one."""
        engagement = shared_engagement(engagement_id)
        entered = {
            "kind": "question" if kind == "question" else "request",
            "title": one_line(title),
            "description": paragraphs(description),
            "due_date": one_line(due_date),
        }
        try:
            asked = {**entered, "due_date": self._checked(entered)}
            with request.env.cr.savepoint():
                one = self._asked_before(engagement, asked) or request.env["audit.request"]._raise_by_auditor(
                    engagement, **asked
                )
        except (UserError, AccessError) as error:
            return self._ask_form(engagement, problem=str(error), entered=entered)
        return request.redirect("%s?step=asked" % address_of(one))

    def _checked(self, entered):
        """Return the day by which it is wanted, or False.

        :raises UserError: saying what to enter instead
        """
        if not entered["title"]:
            raise UserError(_("Say in a few words what you ask for."))
        if len(entered["title"]) > LONGEST_TITLE:
            raise UserError(
                _("The first line is longer than %s characters. Put the details into the description.", LONGEST_TITLE)
            )
        if len(entered["description"]) > LONGEST_DESCRIPTION:
            raise UserError(_("The description is longer than %s characters. Shorten it.", LONGEST_DESCRIPTION))
        if not entered["due_date"]:
            return False
        try:
            day = fields.Date.to_date(re.fullmatch(r"\d{4}-\d{2}-\d{2}", entered["due_date"], re.ASCII).group())
        except (AttributeError, ValueError):
            raise UserError(_("Choose the day by which you want it, or leave it empty.")) from None
        if day < fields.Date.context_today(request.env.user):
            raise UserError(_("The day by which you want it has passed. Choose a later one."))
        return day

    def _asked_before(self, engagement, asked):
        """What the auditor asked for in the same words, if nobody has begun with it. A form is easily sent twice, and a
        number is never taken back."""
        domain = [("engagement_id", "=", engagement.id), ("raised_by_id", "=", request.env.uid), ("state", "=", "open")]
        domain += [(name, "=", value) for name, value in asked.items() if name != "description"]
        same = request.env["audit.request"].sudo().search(domain, limit=100)
        return same.filtered(lambda one: (one.description or "") == asked["description"])[:1]

    def _ask_form(self, engagement, problem=None, entered=None):
        values = self._prepare_portal_layout_values()
        values |= {
            "page_name": "audits",
            "address": ADDRESS,
            "engagement": engagement,
            "asking": True,
            "problem": problem,
            "entered": entered or {"kind": "request"},
            "today": fields.Date.to_string(fields.Date.context_today(request.env.user)),
            "longest_title": LONGEST_TITLE,
            "longest_description": LONGEST_DESCRIPTION,
        }
        return request.render("audit_evidence.portal_my_audit_ask", values)
