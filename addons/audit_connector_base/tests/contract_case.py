import json
from contextlib import contextmanager
from unittest.mock import patch

from ..core.contracts import DIALECT, Key
from .common import AuditCase

APPROVER = "audit_connector_base.group_audit_approver"

TEXT = {"type": "string", "description": "Some text."}


def _without_cost_centre(message):
    return {name: value for name, value in message.items() if name != "cost_centre"}


class ContractCase(AuditCase):
    """A contract of our own, people who write and approve its versions, and texts for them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.approver = cls._user("releaser", APPROVER)
        cls.both = cls._user("both", APPROVER, "audit_connector_base.group_audit_connector_admin")
        cls.invoices = cls.env["audit.contract"].search([("entity", "=", "invoice")])
        cls.first = cls.invoices.version_ids
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

    @contextmanager
    def second_version(self):
        """What an addon does that moves on to version 2: a builder, the step down, and an approved contract."""
        builder = type(self.env["audit.source.invoice"])
        bodies = builder._bodies

        def with_cost_centre(source, documents, known):
            return [{**body, "cost_centre": "CC-7"} for body in bodies(source, documents, known)]

        with (
            patch.object(builder, "_contract_version", 2),
            patch.object(builder, "_steps_down", lambda source: {1: _without_cost_centre}),
            patch.object(builder, "_bodies", with_cost_centre),
        ):
            self.env.registry.clear_cache()
            yield self._approve_second()
        self.env.registry.clear_cache()

    def _approve_second(self):
        draft = self.env["audit.contract.version"].with_user(self.administrator).create(
            {"contract_id": self.invoices.id, "major": 2, "change_note": "Cost centres."}
        )  # fmt: skip
        schema = json.loads(draft.schema_text)
        schema["properties"]["cost_centre"] = TEXT
        schema["required"].append("cost_centre")
        schema["examples"][0]["cost_centre"] = "CC-1"
        draft.schema_text = json.dumps(schema)
        draft.action_submit()
        draft.with_user(self.approver).action_approve()
        return draft

    def kinds(self, version):
        """What the log says of a version, in order."""
        entries = self.env["audit.log.entry"].search(
            [("res_model", "=", version._name), ("res_id", "=", version.id)], order="id"
        )
        return entries.mapped("kind")
