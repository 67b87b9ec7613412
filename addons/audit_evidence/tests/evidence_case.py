from odoo import Command, fields

from odoo.addons.audit_connector_base.models.abstract.shared_with_auditor import AUDITOR
from odoo.addons.audit_connector_base.tests.common import GROUPS
from odoo.addons.audit_connector_base.tests.source_common import SourceCase

AUDIT_USER = "audit_connector_base.group_audit_user"
APPROVER = "audit_connector_base.group_audit_approver"
INVOICING = "account.group_account_invoice"


class EvidenceCase(SourceCase):
    """An audit with the people on both sides: two of the company, an approver, and an auditor in the portal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls._user("clerk", AUDIT_USER, INVOICING)
        cls.colleague = cls._user("colleague", AUDIT_USER)
        cls.approver = cls._user("appr", APPROVER, INVOICING)
        cls.second_approver = cls._user("appr2", APPROVER)
        cls.auditor = cls._auditor("ada")
        cls.engagement = cls.env["audit.engagement"].with_user(cls.clerk).create(
            {
                "name": "Statutory audit 2026",
                "date_from": "2026-01-01",
                "date_to": "2026-12-31",
                "auditor_ids": [Command.set(cls.auditor.ids)],
                "access_until": fields.Date.add(fields.Date.today(), days=30),
            }
        )  # fmt: skip
        cls.engagement.with_user(cls.approver).action_open()

    @classmethod
    def _auditor(cls, login):
        auditor = cls._user(login)
        auditor[GROUPS] = [Command.set(cls.env.ref(AUDITOR).ids)]
        return auditor

    def _request(self, user=None, **values):
        return self.env["audit.request"].with_user(user or self.clerk).create(
            {"engagement_id": self.engagement.id, "title": "Supplier statements", **values}
        )  # fmt: skip

    def _provided(self, **values):
        """A request that the clerk provided with a file."""
        request = self._request(**values)
        self._add(request, b"statement")
        request.action_provide()
        return request

    def _add(self, request, *contents):
        return request.env["audit.evidence"]._add(
            request, [("list %d.txt" % number, content) for number, content in enumerate(contents)]
        )

    def _complete(self, request, user=None):
        request = request.with_user(user or self.approver)
        return self.confirmed(request, "complete").action_complete()

    def kinds(self, record):
        """Kinds of the entries of the log about a record, the earliest first."""
        about = [("res_model", "=", record._name), ("res_id", "=", record.id)]
        return self.env["audit.log.entry"].search(about, order="id").mapped("kind")
