from functools import partial

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..compat import is_automatic, with_implied
from .common import GROUPS, AuditCase
from .records import Maker, suite_models, suite_modules

# What belongs to no company, and why that gives nothing away.
SHARED = {
    "audit.contract": "contracts are published to everybody by this Odoo, under two persons",
    "audit.contract.field": "see audit.contract",
    "audit.contract.version": "see audit.contract",
    "audit.event.type": "the kinds of events are those of the product",
    "audit.role.conflict": "one matrix of roles, which are those of the whole system",
    "audit.identity.attempt": "about a person, and shown to nobody",
}
GROUPED = ("many2one", "many2many", "selection", "char", "date", "datetime")
REFUSALS = (AccessError, MissingError, UserError)
QUIET = (
    "odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model", "odoo.models", "odoo.sql_db",
    "odoo.osv.expression",
)  # fmt: skip


@tagged("post_install", "-at_install")
class TestCompanyWalk(AuditCase):
    """No model of the suite, whichever addon brought it, lets anybody of one company at the records of another.

    A model that is new is walked through by itself. Where no record of it can be made, the test fails: give it a
    function in ``tests/records.py`` of its addon.
    """

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other company"})
        roles = cls.env["ir.model.data"].search(
            [("model", "=", "res.groups"), ("module", "in", suite_modules(cls.env))]
        )
        groups = cls.env["res.groups"].browse(roles.mapped("res_id"))
        portal_group = cls.env.ref("base.group_portal")
        internal = groups.filtered(lambda group: portal_group not in with_implied(group))
        more = ["base.group_allow_export", "account.group_account_manager"]
        everything = internal + cls.env["res.groups"].concat(*map(cls.env.ref, more))
        # Whoever may do the most, each in one company.
        cls.owner = cls._user("own", company=cls.other)
        cls.insider = cls._user("ins")
        (cls.owner + cls.insider).write({GROUPS: [Command.link(group.id) for group in everything]})
        cls.portal = cls._user("portal")
        cls.portal[GROUPS] = [Command.set((portal_group + (groups - internal)).ids)]
        cls.public = cls.env.ref("base.public_user")
        cls.theirs = Maker(cls.env(user=cls.owner, context={"allowed_company_ids": cls.other.ids}))
        cls.ours = Maker(cls.env(user=cls.insider, context={"allowed_company_ids": cls.company.ids}))
        cls.records, cls.missing = {}, {}
        for name in suite_models(cls.env):
            if name in SHARED:
                continue
            try:
                with cls.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                    cls.records[name] = cls.theirs.of(name)
                    cls.env.flush_all()
            except Exception as error:
                cls.missing[name] = error
        cls.env.invalidate_all()

    def _as(self, user, name):
        allowed = {} if user == self.public else {"allowed_company_ids": user.company_ids.ids}
        return self.env(user=user, context=allowed)[name].with_context(active_test=False)

    def _walk(self, check):
        """Call ``check(model, record of the other company)`` for every model that is not shared."""
        self.assertGreater(len(self.records), 15)
        for name, record in self.records.items():
            self.env.invalidate_all()
            with self.subTest(model=name), mute_logger(*QUIET):
                check(name, record)

    @property
    def _strangers(self):
        return self.insider, self.portal, self.public

    def _attempt(self, action, *args):
        """What an attempt gave, None when it was refused. Nothing of it stays."""
        try:
            with self.env.cr.savepoint() as savepoint:
                result = action(*args)
                self.env.flush_all()
                savepoint.rollback()
                return result
        except REFUSALS:
            return None
        finally:
            self.env.invalidate_all()

    def _refused(self, what, action):
        try:
            with self.env.cr.savepoint() as savepoint:
                action()
                self.env.flush_all()
                savepoint.rollback()
        except REFUSALS as error:
            self.assertNotIn(self.theirs.word, str(error), "%s: the refusal tells a name" % what)
        else:
            self.fail("not refused: %s" % what)
        finally:
            self.env.invalidate_all()

    def test_there_is_a_record_of_every_model(self):
        self.assertEqual({name: repr(error) for name, error in self.missing.items()}, {})
        for name, record in self.records.items():
            with self.subTest(model=name):
                self.assertEqual(len(record), 1)
                self.assertIsInstance(record, self.env.registry["audit.company.bound"], "inherit it")
                if "company_id" in record._fields:
                    self.assertEqual(record.company_id, self.other)
                else:
                    self.assertTrue(record._transient, "say in SHARED why it belongs to no company")
                    self.assertEqual(record.create_uid, self.owner, "a wizard is seen by who opened it")

    def test_what_is_shared_is_for_people_with_a_role(self):
        for name in SHARED:
            for user in (self.portal, self.public):
                with self.subTest(model=name, user=user.login), mute_logger(*QUIET):
                    self.assertFalse(self._attempt(self._as(user, name).search, []))

    def test_nobody_finds_or_reads_a_record_of_another_company(self):
        def check(name, record):
            for user in self._strangers:
                model = self._as(user, name)
                foreign, this = model.browse(record.id), [("id", "=", record.id)]
                self.assertFalse(self._attempt(model.search, this))
                self.assertFalse(self._attempt(model.search_count, this))
                self.assertFalse(self._attempt(model.search_read, this, ["id"]))
                for what, spy in (
                    ("read", foreign.read),
                    ("web_read", partial(foreign.web_read, {"display_name": {}})),
                    ("export", partial(foreign.export_data, [_own_field(record)])),
                    ("copy", foreign.copy),
                ):
                    self._refused("%s of %s by %s" % (what, name, user.login), spy)
                # Where a model has no names, its own and the number make one without a look at the record.
                self.assertIn(self._attempt(getattr, foreign, "display_name"), (None, "%s,%d" % (name, record.id)))

        self._walk(check)

    def test_nobody_gets_names_of_another_companys_records(self):
        def check(name, record):
            label = record.sudo().display_name or self.theirs.word
            for user in self._strangers:
                for text in ("", label, label[:6]):
                    names = self._attempt(partial(self._as(user, name).name_search, text, limit=1000)) or []
                    self.assertNotIn(record.id, [one[0] for one in names])
                    self.assertNotIn(self.theirs.word, str(names))

        self._walk(check)

    def test_nobody_counts_another_companys_records_in_groups(self):
        def check(name, record):
            grouped = [field for field in record._fields.values() if field.store and field.type in GROUPED]
            self.assertTrue(grouped)
            for user in self._strangers:
                model = self._as(user, name)
                for field in grouped:
                    by = "%s:month" % field.name if field.type in ("date", "datetime") else field.name
                    counted = self._attempt(partial(model._read_group, [("id", "=", record.id)], [by], ["__count"]))
                    self.assertFalse(counted, "%s grouped by %s" % (name, by))
                if "company_id" in record._fields:
                    groups = self._attempt(partial(model._read_group, [], ["company_id"], ["__count"])) or []
                    self.assertNotIn(self.other, [company for company, _count in groups])

        self._walk(check)

    def test_nobody_writes_deletes_or_takes_over_a_record_of_another_company(self):
        def check(name, record):
            for user in self._strangers:
                foreign = self._as(user, name).browse(record.id)
                changes = {"delete": foreign.unlink}
                for field in record._fields.values():
                    if field.store and not is_automatic(field) and field.type in ("char", "text", "boolean", "integer"):
                        value = "x" if field.type in ("char", "text") else 1
                        changes["write %s of" % field.name] = partial(foreign.write, {field.name: value})
                if "company_id" in record._fields:
                    changes["take over"] = partial(foreign.write, {"company_id": user.company_id.id})
                for what, change in changes.items():
                    self._refused("%s %s by %s" % (what, name, user.login), change)

        self._walk(check)

    def test_nobody_creates_a_record_in_another_company(self):
        def check(name, record):
            values = {key: value for key, value in record.sudo().copy_data()[0].items() if key in record._fields}
            if "company_id" in record._fields:
                values["company_id"] = self.other.id
            if not _names_a_company(record):
                return
            for user in self._strangers:
                model = self._as(user, name)
                self._refused("create %s by %s" % (name, user.login), partial(_create_and_read, model, values))

        self._walk(check)

    def test_no_state_is_chosen_by_the_context(self):
        """Values for fields that are not given come from the context, which whoever calls writes."""
        tried = []

        def check(name, record):
            field = record._fields.get("state")
            if field is None or field.type != "selection" or not field.store or record._transient:
                return
            usual = self.ours.env[name].default_get(["state"]).get("state")
            values = {key: value for key, value in self.ours.values(name).items() if key != "state"}
            for state in field.get_values(self.env):
                if state != usual:
                    tried.append((name, state))
                    model = self._as(self.insider, name).with_context(default_state=state)
                    made = self._attempt(lambda model=model, values=values: model.create(values)["state"])
                    self.assertIn(made, (None, usual), "%s begins as %s" % tried[-1])

        self._walk(check)
        self.assertGreater(len(tried), 10)

    def test_nothing_that_odoo_fills_in_is_chosen_by_the_context(self):
        """As who approved something and when, or which file is whose; forms show such fields and do not let write."""
        chosen = {"char": "../chosen", "text": "../chosen", "integer": 4711, "json": [4711], "boolean": True}
        ours, tried = Maker(self.ours.env), []

        def made(name, field, given):
            """What a record has there that was made with this context; None where none can be made."""
            model = self._as(self.insider, name).with_context(**given)
            values = {key: value for key, value in ours.values(name).items() if not model._fields[key].readonly}
            try:
                return self._attempt(lambda: model.create(values)[field.name])
            except IntegrityError:
                return None

        def check(name, record):
            for field in record._fields.values() if not record._transient else ():
                closed = field.readonly and field.store and not field.compute and not field.related
                if closed and field.type in chosen and not is_automatic(field):
                    tried.append((name, field.name))
                    found = made(name, field, {"default_%s" % field.name: chosen[field.type]})
                    self.assertNotEqual(found, chosen[field.type], "%s.%s" % tried[-1])

        self._walk(check)
        self.assertGreater(len(tried), 10)

    def test_a_form_tells_nothing_about_what_is_entered_from_another_company(self):
        """What a form asks while it is filled in: the names and numbers that follow from an id that was guessed.

        It begins with what the context says, which is entered as well.
        """
        tried = []

        def check(name, record):
            model = self._as(self.insider, name)
            shown = {
                field: {"fields": {"display_name": {}}} if record._fields[field].type == "many2one" else {}
                for field in model.fields_get()
            }
            for field in record._fields.values():
                target = self.records.get(field.comodel_name) if field.type == "many2one" else None
                if target and field.name in shown:
                    tried.append((name, field.name))
                    begun = model.with_context(**{"default_%s" % field.name: target.id})
                    for form, entered in ((model, {}), (model, {field.name: target.id}), (begun, {})):
                        self.env.invalidate_all()
                        told = self._attempt(partial(form.onchange, entered, [field.name] * len(entered), shown))
                        self.assertNotIn(self.theirs.word, str(told), "%s.%s" % tried[-1])

        self._walk(check)
        self.assertGreater(len(tried), 10)

    def test_no_record_of_ones_own_is_moved_or_made_to_point_to_another_company(self):
        tried = []

        def check(name, record):
            with self.env.cr.savepoint():
                mine = self.ours.of(name)
            own = self._as(self.insider, name).browse(mine.id)
            if "company_id" in record._fields:
                self._refused("move %s" % name, partial(own.write, {"company_id": self.other.id}))
            for field in record._fields.values():
                target = self.records.get(field.comodel_name) if field.relational else None
                if target and not field.compute and field.type in ("many2one", "many2many"):
                    value = target.id if field.type == "many2one" else [Command.link(target.id)]
                    tried.append((name, field.name))
                    self._refused("%s.%s" % tried[-1], partial(own.write, {field.name: value}))

        self._walk(check)
        self.assertGreater(len(tried), 10)


def _create_and_read(model, values):
    model.create(values).read()


def _own_field(record):
    return next(field.name for field in record._fields.values() if field.store and not is_automatic(field))


def _names_a_company(record):
    """Whether a record says by a field of its own, or by what it points to, which company it belongs to."""
    return "company_id" in record._fields or any(
        field.type == "many2one" and field.comodel_name.startswith("audit.") for field in record._fields.values()
    )
