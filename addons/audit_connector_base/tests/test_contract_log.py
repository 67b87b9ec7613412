from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .contract_case import TEXT, ContractCase


@tagged("post_install", "-at_install")
class TestContractLog(ContractCase):
    """What stands in the log of changes that are no step of a version, with what was there before."""

    def _last(self, kind, record=None):
        """``(entry, what it recorded)`` of the newest entry of a kind, about ``record`` where it is given."""
        about = [("res_model", "=", record._name), ("res_id", "=", record.id)] if record else []
        entry = self.env["audit.log.entry"].search([("kind", "=", kind), *about], order="id desc", limit=1)
        return entry, entry._payloads().get(entry.id)

    def test_a_contract_is_recorded_when_it_is_made_renamed_and_deleted(self):
        contract = self.env["audit.contract"].with_user(self.administrator).create(
            {"name": "Parcel", "entity": "parcel", "direction": "received"}
        )  # fmt: skip
        self.assertEqual(self._last("configuration.changed", contract)[0].summary, "Data Contract “Parcel”: set up")
        contract.name = "Package"
        entry, said = self._last("configuration.changed", contract)
        self.assertEqual([(one["old"], one["new"]) for one in said["fields"]], [("Parcel", "Package")])
        self.assertFalse(entry.company_id)
        contract.entity = "package"
        self.assertEqual(self._last("configuration.changed", contract)[1]["fields"][0]["old"], "parcel")
        about = contract._name, contract.id
        contract.unlink()
        gone = self.env["audit.log.entry"].search([("res_model", "=", about[0]), ("res_id", "=", about[1])], limit=1)
        self.assertEqual(gone.summary, "Data Contract “Package”: removed")

    def test_a_draft_that_goes_alone_or_with_its_contract_is_recorded(self):
        alone, other = self.draft("1.0", a=TEXT), self.draft("2.0", a=TEXT)
        contract = self.contract.with_user(self.administrator)
        alone.unlink()
        entry, said = self._last("contract.dropped")
        self.assertEqual((entry.res_id, said["version"]), (alone.id, "1.0"))
        contract.unlink()
        entry, said = self._last("contract.dropped")
        self.assertEqual((entry.res_id, said["version"]), (other.id, "2.0"))
        self.assertEqual(entry.summary, "Draft of contract thing 2.0 deleted")

    def test_putting_off_the_end_of_a_version_is_recorded_with_the_day_before(self):
        version = self.approved("1.0", a=TEXT).with_user(self.approver)
        days = [fields.Date.today() + timedelta(days=ahead) for ahead in (10, 40)]
        version.write({"sunset_date": days[0], "deprecation_note": "Use 2.0."})
        version.action_deprecate()
        version.sunset_date = days[1]
        entry, said = self._last("contract.notice_changed", version)
        self.assertEqual((said["before"]["sunset"], said["sunset"]), tuple(day.isoformat() for day in days))
        self.assertEqual(entry.actor, "user/%d" % self.approver.id)
        self.assertEqual(entry.summary, "End of contract thing 1.0 put off from %s to %s" % tuple(days))
        self.assertIn(str(days[0]), entry.details)
        version.deprecation_note = "Use 3.0."
        entry, said = self._last("contract.notice_changed", version)
        self.assertEqual((said["before"]["note"], said["note"]), ("Use 2.0.", "Use 3.0."))
        self.assertIn("thing 1.0", entry.summary)
        before = len(self.kinds(version))
        version.write({"sunset_date": days[1], "deprecation_note": "Use 3.0."})
        self.assertEqual(len(self.kinds(version)), before, "nothing changed")

    def test_a_changed_text_is_recorded_with_the_text_before(self):
        version = self.draft("1.0", a=TEXT)
        old = version.schema_text
        self.assertEqual(self._last("contract.drafted", version)[1]["text"], old)
        version.schema_text = new = old.replace("Some text.", "Any text.")
        said = self._last("contract.changed", version)[1]
        self.assertEqual((said["text_before"], said["text"]), (old, new))

    def test_the_version_that_a_subscription_is_bound_to_is_recorded_with_the_one_before(self):
        subscription = self._connector().subscription_ids
        choice = subscription.contract_ids
        choice.with_user(self.administrator).version_id = self.first
        entry, said = self._last("contract.chosen", subscription)
        self.assertEqual((said["version_before"], said["version"]), ("1.*", "1.0"))
        self.assertEqual(dict(entry._facts_of(said))["Version before"], "1.*")
        known = self.env["audit.log.entry"].search_count([("kind", "=", "contract.chosen")])
        choice.with_user(self.administrator).version_id = self.first
        self.assertEqual(self.env["audit.log.entry"].search_count([("kind", "=", "contract.chosen")]), known)
        subscription.event_type_ids = self.env.ref("audit_connector_base.event_type_payment_posted")
        entry, said = self._last("contract.unchosen", subscription)
        self.assertEqual((said["contract"], said["version"]), ("invoice", "1.0"))
        self.assertIn("no longer as invoice 1.0", entry.summary)
