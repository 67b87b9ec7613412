import json

from ..core.contracts import DIALECT, Key
from .common import AuditCase

APPROVER = "audit_connector_base.group_audit_approver"


class ContractCase(AuditCase):
    """A contract of our own, people who write and approve its versions, and texts for them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.approver = cls._user("app", APPROVER)
        cls.both = cls._user("both", APPROVER, "audit_connector_base.group_audit_connector_admin")
        cls.contract = cls.env["audit.contract"].create({"name": "Thing", "entity": "thing", "direction": "received"})

    @staticmethod
    def schema(key, required=("contract",), **properties):
        """The text of a closed contract with these members."""
        schema = {
            "$schema": DIALECT,
            "$id": key.identifier,
            "title": key.entity.title(),
            "description": "For tests.",
            "type": "object",
            "additionalProperties": False,
            "required": [*required],
            "properties": {
                "contract": {"const": "%s/%d" % key[:2], "description": "Name of this contract."},
                **properties,
            },
        }
        return json.dumps(schema, indent=1)

    def draft(self, number="1.0", contract=None, user=None, required=("contract",), **properties):
        contract = contract or self.contract
        major, minor = map(int, number.split("."))
        key = Key(contract.entity, major, minor)
        version = self.env["audit.contract.version"].with_user(user or self.administrator).create(
            {
                "contract_id": contract.id,
                "major": major,
                "minor": minor,
                "schema_text": self.schema(key, required, **properties),
                "change_note": "Agreed with the platform.",
            }
        )  # fmt: skip
        self.assertFalse(version.problem)
        return version

    def approved(self, *arguments, **options):
        version = self.draft(*arguments, **options)
        version.action_submit()
        version.with_user(self.approver).action_approve()
        return version

    def kinds(self, version):
        """What the log says of a version, in order."""
        entries = self.env["audit.log.entry"].search(
            [("res_model", "=", version._name), ("res_id", "=", version.id)], order="id"
        )
        return entries.mapped("kind")
