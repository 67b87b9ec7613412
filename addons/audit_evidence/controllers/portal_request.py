from odoo import _, http
from odoo.exceptions import AccessError, UserError
from odoo.http import request
from odoo.tools import human_size

from odoo.addons.audit_connector_base.controllers.responses import file_response, sentence
from odoo.addons.portal.controllers.portal import CustomerPortal

from ..core.portal_text import paragraphs
from .portal import ADDRESS, ENGAGEMENT

REQUEST = ENGAGEMENT + "/requests/<int(max=2147483647):request_id>"
LONGEST_REASON = 2000  # characters
LARGEST_FORM = 64 * 1024  # bytes
# What the page says after a step, in the state to which the step led.
STEPS = {"asked": "open", "accepted": "completed", "returned": "returned"}


class AuditRequestPortal(CustomerPortal):
    """The page of a request, and what the auditor does there: download, accept, return.

    Auth and what is another's: as ``AuditPortal``. Limits: a form of ``LARGEST_FORM`` bytes. Odoo's token guards the
    forms. Every view, download and step is recorded.
    """

    @http.route(REQUEST, type="http", auth="user", website=True, methods=["GET"])
    def audit_request(self, engagement_id, request_id, step=None, **_query):
        """What was asked, how far it is, and what was provided."""
        one = shared_request(engagement_id, request_id)
        return self._request_page(one, step=step)

    @http.route(REQUEST + "/files/<int(max=2147483647):evidence_id>", type="http", auth="user", methods=["GET"])
    def file(self, engagement_id, request_id, evidence_id):
        """A file as it was provided. Nothing is handed out that is not what was added."""
        one = shared_request(engagement_id, request_id)
        evidence = one._files_shown().filtered(lambda file: file.id == evidence_id)
        if not evidence:
            raise request.not_found()
        try:
            content = evidence._intact()
        except UserError as error:
            return sentence(str(error), 409)
        one._log("evidence.downloaded", direction="out", files=evidence._in_words())
        return file_response(evidence.name, content, evidence.media_type)

    @http.route(
        REQUEST + "/accept",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
        max_content_length=LARGEST_FORM,
    )
    def accept(self, engagement_id, request_id, seen="", **_form):
        """Complete it, if it is still what the auditor saw."""
        one = shared_request(engagement_id, request_id)
        problem = None
        if one.state == "provided" and seen != one._seen():
            problem = _("It was changed after you opened it. Look at it again before you accept it.")
        return self._take(one, "accepted", "_complete_by_auditor", problem=problem)

    @http.route(
        REQUEST + "/return",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
        max_content_length=LARGEST_FORM,
    )
    def give_back(self, engagement_id, request_id, reason="", **_form):
        """Return what was provided, with the reason."""
        reason = paragraphs(reason)
        problem = None
        if len(reason) > LONGEST_REASON:
            problem = _("The reason is longer than %s characters. Shorten it.", LONGEST_REASON)
        one = shared_request(engagement_id, request_id)
        return self._take(one, "returned", "_return_by_auditor", reason=reason, problem=problem)

    def _take(self, one, step, method, problem=None, **entered):
        """Take a step with a request in the name of the auditor, and show what came of it: what was done, or why not.

        :param step: a key of ``STEPS``
        :param method: of the request as the auditor has it, without sudo; takes what they entered
        :param problem: why it is not taken, if that is known already
        :param entered: what they entered, which the page shows again
        """
        try:
            if problem:
                raise UserError(problem)
            with request.env.cr.savepoint():
                getattr(one.sudo(False), method)(**entered)
        except (UserError, AccessError) as error:
            return self._request_page(one, problem=str(error), **entered)
        return request.redirect("%s?step=%s" % (address_of(one), step))

    @http.route([REQUEST + "/accept", REQUEST + "/return"], type="http", auth="user", website=True, methods=["GET"])
    def step_after_signing_in(self, engagement_id, request_id, **_query):
        """Where Odoo leads who was signed out meanwhile and pressed a button: what was sent is lost."""
        one = shared_request(engagement_id, request_id)
        if one.state != "provided":
            return request.redirect(address_of(one))
        problem = _("Nothing was accepted or returned, as you had been signed out meanwhile. Press it once more.")
        return self._request_page(one, problem=problem)

    def _request_page(self, one, step=None, problem=None, reason=""):
        one._log("audit_request.viewed", direction="out")
        values = self._prepare_portal_layout_values()
        values |= {
            "page_name": "audits",
            "address": ADDRESS,
            "engagement": one.engagement_id,
            "audit_request": one,
            "request_address": address_of(one),
            "files": one._files_shown(),
            "human_size": human_size,
            "seen": one._seen() if one.state == "provided" else "",
            "longest_reason": LONGEST_REASON,
            "step": step if one.state == STEPS.get(step) else None,
            "problem": problem,
            "reason": reason,
        }
        return request.render("audit_evidence.portal_my_audit_request", values)


def shared_request(engagement_id, request_id):
    """Return a request of an engagement, both shared with the current user, with sudo.

    :raises NotFound: when they are not, as for ones that are not there
    """
    one = request.env["audit.request"]._shared(request_id)
    if one.engagement_id.id != engagement_id:
        raise request.not_found()
    return one


def address_of(one):
    """Path of the page of a request."""
    return "%s/%d/requests/%d" % (ADDRESS, one.engagement_id.id, one.id)
