import re

from odoo.http import Request
from odoo.tests import HttpCase

from .evidence_case import EvidenceCase

ADDRESS = "/my/audits"


class PortalCase(EvidenceCase, HttpCase):
    """The auditor of ``EvidenceCase`` in front of the pages of the portal."""

    def setUp(self):
        super().setUp()
        self.page = "%s/%d" % (ADDRESS, self.engagement.id)
        self.sign_in(self.auditor)

    def sign_in(self, user):
        self.env.flush_all()
        self.authenticate(user.login, user.login)

    def show(self, path):
        """Answer to a GET, of what the test has written so far."""
        self.env.flush_all()
        answer = self.url_open(path)
        self.env.invalidate_all()
        return answer

    def send(self, path, token=None, **form):
        """Answer to the POST of a form, followed to the page that it leads to."""
        token = Request.csrf_token(self) if token is None else token
        answer = self.url_open(path, data={"csrf_token": token, **form})
        self.env.invalidate_all()
        return answer

    def accept(self, request):
        """Press *Accept* on the page of a request, as it is shown now."""
        form = self.show(self.page_of(request)).text
        seen = re.search(r'name="seen" value="([^"]+)"', form)
        return self.send(self.page_of(request) + "/accept", seen=seen.group(1) if seen else "")

    def page_of(self, request):
        return "%s/requests/%d" % (self.page, request.id)

    def by_auditor(self, record):
        """Kinds of the entries of the log about a record by the auditor, the earliest first."""
        about = [("res_model", "=", record._name), ("res_id", "=", record.id)]
        about.append(("actor", "=", "user/%d" % self.auditor.id))
        return self.env["audit.log.entry"].search(about, order="id").mapped("kind")
