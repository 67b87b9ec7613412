import base64
from datetime import timedelta
from functools import partial

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..core.contracts import Key
from .contract_case import TEXT, ContractCase


@tagged("post_install", "-at_install")
class TestContractGovernance(ContractCase):
    """From draft to retired, by whom, and what stands in the log."""

    def test_a_version_goes_its_way_and_each_step_is_recorded(self):
        version = self.draft(a=TEXT)
        version.action_submit()
        self.assertEqual((version.state, version.submitted_by_id), ("review", self.administrator))
        reviewer = version.with_user(self.approver)
        reviewer.review_note = "The name of a is too short."
        reviewer.action_return()
        version.schema_text = version.schema_text.replace('"a"', '"name"')
        version.action_submit()
        reviewer.action_approve()
        self.assertEqual((version.state, version.approved_by_id), ("approved", self.approver))
        reviewer.write({"deprecation_note": "Use 2.0.", "sunset_date": fields.Date.today()})
        reviewer.action_deprecate()
        reviewer.action_reinstate()
        self.assertFalse(version.sunset_date or version.deprecated_at)
        reviewer.sunset_date = fields.Date.today()
        reviewer.action_deprecate()
        reviewer.action_retire()
        self.assertEqual((version.state, version.retired_by_id), ("retired", self.approver))
        self.assertEqual(
            self.kinds(version),
            [
                "contract.drafted",
                "contract.submitted",
                "contract.returned",
                "contract.changed",
                "contract.submitted",
                "contract.approved",
                "contract.deprecated",
                "contract.reinstated",
                "contract.deprecated",
                "contract.retired",
            ],
        )
        entries = self.env["audit.log.entry"].search([("res_id", "=", version.id), ("res_model", "=", version._name)])
        self.assertFalse(any(entries.company_id.ids), "contracts belong to no company")
        for entry in entries:
            self.assertNotIn("contract.", entry.summary)
            self.assertIn("thing 1.0", entry.summary)

    def test_no_version_is_approved_by_the_context(self):
        """What is not given comes from the context, which whoever calls writes: nobody would have approved it."""
        chosen = {
            "default_state": "approved",
            "default_origin": "shipped",
            "default_approved_by_id": self.approver.id,
            "default_submitted_by_id": self.approver.id,
            "default_retired_at": fields.Datetime.now(),
        }
        values = {"contract_id": self.contract.id, "schema_text": self.schema(Key("thing", 1, 0), a=TEXT)}
        versions = self.env["audit.contract.version"].with_user(self.administrator).with_context(**chosen)
        made = versions.create(values)
        self.assertEqual((made.state, made.origin), ("draft", "people"))
        self.assertFalse(made.approved_by_id or made.submitted_by_id or made.retired_at)

    def test_whoever_had_a_part_in_a_version_does_not_approve_it(self):
        def edit(version):
            version.with_user(self.both).schema_text = version.schema_text.replace("Some text.", "Any text.")
            version.action_submit()

        def explain(version):
            version.with_user(self.both).change_note = "I agreed it with the platform."
            version.action_submit()

        for number, (author, part) in enumerate(
            [
                (self.both, lambda version: version.action_submit()),
                (self.administrator, edit),
                (self.administrator, explain),
                (self.administrator, lambda version: version.with_user(self.both).action_submit()),
            ],
            start=1,
        ):
            version = self.draft("%d.0" % number, user=author, a=TEXT)
            part(version)
            for who in (version.with_user(self.both), version.with_user(self.both).sudo()):
                for approve in (who.action_approve, partial(who.write, {"state": "approved"})):
                    with self.refused("You had a part in writing"):
                        approve()
            self.assertEqual(version.state, "review")
            version.with_user(self.approver).action_approve()

    def test_no_shortcut_leads_past_the_approver(self):
        """Over RPC as well as in code that became the superuser, and for the superuser itself."""
        version = self.draft(a=TEXT)
        administrator, superuser = version.with_user(self.administrator), version.sudo()
        for change in (
            {"state": "approved"},
            {"state": "retired"},
            {"approved_by_id": self.approver.id},
            {"origin": "shipped"},
            {"editor_ids": [(5,)]},
            {"author_id": self.approver.id},
            {"sha256": "0" * 64},
            {"compatibility": "full"},
            {"report": {}},
            {"problem": False},
            {"file_problem": False},
        ):
            for who in (administrator, superuser, version.with_user(self.both)):
                with self.subTest(change=change, user=who.env.user.login), self.refused(""):
                    who.write(change)
        for values in ({"state": "approved"}, {"state": "review"}, {"approved_by_id": self.approver.id}):
            for env in (self.env, self.env(user=self.both)):
                with self.subTest(values=values), self.refused("begins as a draft"):
                    env["audit.contract.version"].create({"contract_id": self.contract.id, "major": 7, **values})
        version.action_submit()
        for who in (administrator, superuser):
            with self.refused("by people with the role Approver"):
                who.write({"state": "approved"})

    def test_the_text_is_changed_in_drafts_only(self):
        version = self.draft(a=TEXT)
        other = version.schema_text.replace("Some text.", "Any text.")
        version.action_submit()
        for state in ("review", "approved", "deprecated", "retired"):
            with self.subTest(state=state):
                self.assertEqual(version.state, state)
                for change in ({"schema_text": other}, {"major": 9}, {"change_note": "x"}, {"contract_id": 1}):
                    for who in (
                        version.with_user(self.administrator),
                        version.with_user(self.approver),
                        version.sudo(),
                    ):
                        with self.refused("cannot be changed now"):
                            who.write(change)
                with self.refused("stays", UserError):
                    version.with_user(self.administrator).unlink()
            step = {"review": "approved", "approved": "deprecated", "deprecated": "retired"}.get(state)
            if step:
                version.with_user(self.approver).write({"state": step})
            if step == "deprecated":
                self.cr.execute(
                    "UPDATE audit_contract_version SET sunset_date = current_date WHERE id = %s", [version.id]
                )
                version.invalidate_recordset()

    def test_each_step_needs_its_role(self):
        version = self.draft(a=TEXT)
        for user in (self.accountant, self.approver):
            with self.refused("", UserError, AccessError), mute_logger("odoo.addons.base.models.ir_model"):
                version.with_user(user).action_submit()
        with self.refused("", AccessError, UserError), mute_logger("odoo.addons.base.models.ir_model"):
            self.draft("2.0", user=self.approver)
        version.action_submit()
        for action in ("action_approve",):
            with self.refused("with the role Approver"):
                getattr(version.with_user(self.administrator), action)()
        with self.refused("Say what .* lacks"):
            version.with_user(self.approver).action_return()
        # Its author may take it back without a word.
        version.action_return()
        version.action_submit()
        version.with_user(self.approver).action_approve()
        for action in ("action_deprecate",):
            with self.refused("with the role Approver"):
                getattr(version.with_user(self.administrator), action)()

    def test_an_approver_reads_why_and_a_draft_says_what_it_lacks(self):
        version = self.draft(a=TEXT)
        version.change_note = False
        with self.refused("Say what changes and why"):
            version.action_submit()
        version.write({"schema_text": "{", "change_note": "x"})
        self.assertIn("not proper JSON", version.problem)
        with self.refused("not proper JSON"):
            version.action_submit()

    def test_what_is_dangerous_in_a_schema_is_named_and_never_submitted(self):
        version = self.draft(a=TEXT)
        for schema, problem in (
            ({"a": {"type": "string", "pattern": "^(a+)+$"}}, "may take for ever"),
            ({"a": {"type": "string", "pattern": "^a*a*a*$"}}, "may take for ever"),
            ({"a": {"$ref": "https://example.com/schema.json"}}, "not among the contracts"),
            ({"a": {"$ref": "urn:odoo-audit:contract:invoice:1"}}, "not among the contracts"),
            ({"a": {"$ref": "file:///etc/passwd"}}, "not among the contracts"),
            ({"a": {"type": "string", "format": "email"}}, "is not checked here"),
            ({"a": {"$dynamicRef": "#x"}}, "not supported"),
            ({"a": {"type": "nonsense"}}, "is no JSON Schema"),
            ({"a": {"minimum": 1.5}}, "not proper JSON"),
        ):
            with self.subTest(schema=schema):
                version.schema_text = self.schema(Key("thing", 1), **schema)
                self.assertIn(problem, version.problem)
                with self.refused(""):
                    version.action_submit()
        version.schema_text = "[" * 5000
        self.assertIn("nested", version.problem)
        version.schema_text = self.schema(Key("other", 1))
        self.assertIn("must have the $id urn:odoo-audit:contract:thing:1", version.problem)
        with self.refused("at most 512 kB"):
            version.schema_text = " " * (512 * 1024 + 1)
        with self.refused("at most 512 kB"):
            version.schema_upload = base64.b64encode(b" " * (512 * 1024 + 1))
        with self.refused("no text in UTF-8"):
            version.schema_upload = base64.b64encode(b"\xff\xfe")

    def test_a_file_is_uploaded_into_a_draft(self):
        version = self.draft(a=TEXT)
        text = self.schema(Key("thing", 1), b={**TEXT, "description": "Größe"})
        version.schema_upload = base64.b64encode(text.encode())
        self.assertEqual(version.schema_text, text)
        self.assertFalse(version.problem)
        self.assertIn(self.administrator, version.editor_ids)

    def test_the_report_names_field_change_and_direction(self):
        self.approved(required=("contract", "a"), a={**TEXT, "maxLength": 9}, b=TEXT)
        version = self.draft("2.0", a={**TEXT, "maxLength": 5}, c=TEXT)
        self.assertEqual((version.compatibility, version.previous_id.name), ("none", "1.0"))
        changes = {(one["path"], one["backward"], one["forward"]) for one in version.report["changes"]}
        self.assertLessEqual(
            {
                ("$.a", "breaks", "ok"),
                ("$.a", "ok", "breaks"),
                ("$.b", "breaks", "ok"),
                ("$.c", "ok", "breaks"),
                ("$.contract", "breaks", "ok"),
            },
            changes,
        )
        self.assertIn("Must be at most 5 characters now, instead of at most 9 characters.", version.report_html)
        self.assertIn("have to adapt", version.verdict)

    def test_a_minor_version_must_be_proven_harmless_in_its_direction(self):
        self.approved(a={**TEXT, "maxLength": 9})
        wider = self.draft("1.1", a={**TEXT, "maxLength": 20})
        self.assertEqual(wider.compatibility, "backward")
        wider.action_submit()
        wider.action_return()
        narrower = self.draft("1.2", a={**TEXT, "maxLength": 5})
        with self.refused("may refuse what is still sent"):
            narrower.action_submit()
        unknown = self.draft("1.3", a={**TEXT, "pattern": "^[ab]*$", "maxLength": 9})
        with self.refused("may refuse what is still sent"):
            unknown.action_submit()
        sent = self.env["audit.contract"].create({"name": "Sent", "entity": "told", "direction": "sent"})
        self.approved(contract=sent, a={**TEXT, "maxLength": 9})
        self.draft("1.1", sent, a={**TEXT, "maxLength": 5}).action_submit()
        with self.refused("may hold what those who receive it do not expect"):
            self.draft("1.2", sent, a={**TEXT, "maxLength": 20}).action_submit()

    def test_numbers_go_up(self):
        with self.refused("begin with 1.0"):
            self.draft("1.1", a=TEXT).action_submit()
        self.approved("1.0", a=TEXT)
        self.approved("1.5", a=TEXT)
        with self.refused("a later version than"):
            self.draft("1.4", a=TEXT).action_submit()
        for number in ({"major": 0}, {"major": 10_000}, {"minor": -1}):
            with self.refused("from 1.0 to 9999.9999", ValidationError):
                self.draft("2.0", a=TEXT).write(number)

    def test_a_version_that_was_approved_meanwhile_sends_the_approver_back_to_the_report(self):
        self.approved("1.0", a=TEXT)
        two = self.draft("2.0", a=TEXT)
        two.action_submit()
        self.approved("1.1", a=TEXT)
        with self.refused("Read the report again"):
            two.with_user(self.approver).action_approve()

    def test_a_draft_begins_with_the_newest_text_under_its_own_number(self):
        first = self.approved("1.0", a=TEXT)
        contract = self.contract.with_user(self.administrator)
        minor = self.env["audit.contract.version"].browse(contract.action_draft_minor()["res_id"])
        self.assertEqual((minor.name, minor.problem, minor.compatibility), ("1.1", False, "full"))
        self.assertIn('"urn:odoo-audit:contract:thing:1.1"', minor.schema_text)
        major = self.env["audit.contract.version"].browse(contract.action_draft_major()["res_id"])
        self.assertEqual((major.name, major.problem), ("2.0", False))
        self.assertIn('"thing/2"', major.schema_text)
        major.write({"major": 3})
        self.assertFalse(major.problem)
        self.assertIn('"thing/3"', major.schema_text)
        self.assertEqual(first.schema_text, self.schema(Key("thing", 1), a=TEXT))

    def test_a_new_contract_begins_with_a_skeleton(self):
        contract = self.env["audit.contract"].with_user(self.administrator).create({"name": "Lease", "entity": "lease"})
        version = self.env["audit.contract.version"].browse(contract.action_draft_major()["res_id"])
        self.assertEqual((version.name, version.compatibility), ("1.0", "first"))
        self.assertFalse(version.problem)
        with self.refused("cannot be a technical name"):
            self.env["audit.contract"].create({"name": "Lease", "entity": "Lease!"})

    def test_what_was_published_keeps_its_name_and_is_not_deleted(self):
        self.approved(a=TEXT)
        for change in ({"entity": "other"}, {"direction": "sent"}):
            with self.refused("stay as they are"):
                self.contract.write(change)
        with self.refused("so it stays"):
            self.contract.unlink()

    def test_a_version_serves_until_the_promised_day(self):
        version = self.approved(a=TEXT).with_user(self.approver)
        version.sunset_date = fields.Date.today() - timedelta(days=1)
        with self.refused("lies in the past"):
            version.action_deprecate()
        version.sunset_date = False
        version.action_deprecate()
        self.assertEqual(version.sunset_date, fields.Date.context_today(version) + timedelta(days=90))
        with self.refused("was promised to serve until"):
            version.action_retire()
        for day in (fields.Date.today(), False):
            with self.refused("can be put off, not brought forward"):
                version.sunset_date = day
        version.sunset_date = version.sunset_date + timedelta(days=1)

    def test_accountants_read_contracts_and_change_nothing(self):
        version = self.approved(a=TEXT)
        self.assertTrue(version.with_user(self.accountant).read(["schema_text", "report_html", "consumers_html"]))
        for record in (version, version.field_ids[:1], self.contract):
            with self.subTest(model=record._name), mute_logger("odoo.addons.base.models.ir_model"):
                for change in (
                    lambda record=record: record.with_user(self.accountant).write({}),
                    record.with_user(self.accountant).unlink,
                ):
                    with self.refused("", AccessError, UserError):
                        change()
        for name, values in (
            ("audit.contract", {"name": "x", "entity": "x"}),
            ("audit.contract.version", {"contract_id": self.contract.id}),
            ("audit.contract.field", {"contract_id": self.contract.id, "version_id": version.id}),
        ):
            for user in (self.accountant, self.approver):
                with self.refused("", AccessError, UserError), mute_logger("odoo.addons.base.models.ir_model"):
                    self.env[name].with_user(user).create(values)

    def test_the_form_shows_an_administrator_what_is_wrong_while_it_is_written(self):
        with Form(self.draft(a=TEXT), "audit_connector_base.audit_contract_version_view_form") as form:
            form.schema_text = "nothing"
            record = form.save()
            self.assertIn("not proper JSON", record.problem)

    def test_the_dictionary_says_what_fields_mean(self):
        version = self.approved(a={**TEXT, "maxLength": 9})
        entry = version.field_ids.filtered(lambda one: one.path == "$.a")
        self.assertEqual(
            (entry.label, entry.kind, entry.meaning, entry.is_required),
            ("A", "Text of at most 9 characters", "Some text.", False),
        )
        found = self.env["audit.contract.field"].with_user(self.accountant).search(
            [("is_current", "=", True), ("meaning", "ilike", "some text")]
        )  # fmt: skip
        self.assertIn(entry, found)
        newer = self.approved("1.1", a={**TEXT, "maxLength": 19})
        self.assertFalse(entry.search([("is_current", "=", True), ("version_id", "=", version.id)]))
        self.assertTrue(entry.search([("is_current", "=", True), ("version_id", "=", newer.id)]))
        due = self.env["audit.contract.field"].search([("is_current", "=", True), ("label", "ilike", "due date")])
        self.assertIn("invoice", due.contract_id.mapped("entity"))
