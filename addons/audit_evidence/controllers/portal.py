from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal, pager

from ..core.portal_text import one_line

ADDRESS = "/my/audits"
ENGAGEMENT = ADDRESS + "/<int(max=2147483647):engagement_id>"
LONGEST_SEARCH = 100  # characters
PAGE = 50  # requests
FIRST = 10  # requests that wait for the auditor, on the start page


class AuditPortal(CustomerPortal):
    """What is shared with an auditor from outside: the audits, and the requests of one of them.

    Auth: a signed-in user; what they see is found by their own name and the day (``_shared``), and what is another's
    answers as if it was not there. Every view is recorded in the log, for the same reason as every other way in which
    something leaves the books.
    """

    @http.route(ADDRESS, type="http", auth="user", website=True, methods=["GET"])
    def my_audits(self, **_query):
        """The auditor's start page; a page that helps where nothing is shared."""
        request.env["audit.log.entry"]._append_view(ADDRESS)
        engagements = request.env["audit.engagement"]._shared()
        requests = request.env["audit.request"]
        waiting = [*requests._shared_domain(), *requests._portal_domain("you")]
        values = self._prepare_portal_layout_values()
        values |= {
            "page_name": "audits",
            "address": ADDRESS,
            "engagements": engagements,
            "counts": engagements._portal_counts(),
            "waiting": requests.sudo().search(waiting, order="provided_at, id", limit=FIRST),
            "waiting_count": requests.sudo().search_count(waiting),
        }
        return request.render("audit_evidence.portal_my_audits", values)

    @http.route([ENGAGEMENT, ENGAGEMENT + "/page/<int:page>"], type="http", auth="user", website=True, methods=["GET"])
    def my_audit(self, engagement_id, page=1, show="all", search="", **_query):
        """The requests of an audit, by who has to act, and by words."""
        engagement = shared_engagement(engagement_id)
        engagement._log_viewed()
        show, search = show if show in ("you", "company", "done") else "all", one_line(search)[:LONGEST_SEARCH]
        requests = request.env["audit.request"]
        domain = [*requests._shared_domain(), ("engagement_id", "=", engagement.id)]
        domain += requests._portal_domain(show, search)
        pages = pager(
            "%s/%d" % (ADDRESS, engagement.id),
            total=requests.sudo().search_count(domain),
            page=page,
            step=PAGE,
            url_args={"show": show, "search": search},
        )
        values = self._prepare_portal_layout_values()
        values |= {
            "page_name": "audits",
            "address": ADDRESS,
            "engagement": engagement,
            "counts": engagement._portal_counts()[engagement.id],
            "requests": requests.sudo().search(domain, order="id", limit=PAGE, offset=pages["offset"]),
            "pager": pages,
            "show": show,
            "search": search,
        }
        return request.render("audit_evidence.portal_my_audit", values)


def shared_engagement(engagement_id):
    """Return an engagement that is shared with the current user, with sudo.

    :raises NotFound: when it is not, as for one that is not there
    """
    engagement = request.env["audit.engagement"]._shared(engagement_id)
    if not engagement:
        raise request.not_found()
    return engagement
