import json
from datetime import timedelta
from unittest.mock import patch

from odoo import _, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..compat import SERIES
from ..models.abstract.reauthentication import asks_identity
from ..models.access import identity_check
from .common import AuditCase

QUIET = ("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model", "odoo.addons.base.models.res_users")


class GuardedCase(AuditCase):
    """Retry policies whose note of trust (the name) changes only with the password: the guard as models use it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        model = type(cls.env["audit.retry.policy"])
        parent = type(cls.env["audit.reauthentication"])
        write = model.write

        def guarded(self, vals):
            if "jitter" in vals:
                self._require_reauthentication("release")
            return write(self, vals)

        @asks_identity("release", before="_check_may_release")
        def action_release(self):
            self.write({"jitter": 33})
            return "released"

        @asks_identity("reveal")
        def action_reveal(self):
            return "secret"

        def _check_may_release(self):
            if not self.env.user.has_group("audit_connector_base.group_audit_connector_admin"):
                raise UserError(_("Only administrators release"))

        borrowed = {
            name: getattr(parent, name)
            for name in dir(parent)
            if name in ("_require_reauthentication", "_ask_identity", "_note_identity", "_log_identity")
            or name.startswith("_identity")
        }
        own = {
            "action_release": action_release, "action_reveal": action_reveal, "_check_may_release": _check_may_release,
        }  # fmt: skip
        for name, value in {**borrowed, **own, "write": guarded}.items():
            patched = patch.object(model, name, value, create=True)
            patched.start()
            cls.addClassCleanup(patched.stop)
        cls.policy, cls.second = cls.env["audit.retry.policy"].create(
            [{"name": name, "schedule": "0s", "jitter": 1} for name in ("First", "Second")]
        )

    def setUp(self):
        super().setUp()
        self.mine = self.policy.with_user(self.administrator)

    def _entries(self, kind):
        return self.env["audit.log.entry"].sudo().search([("kind", "=", kind)], order="id")


@tagged("post_install", "-at_install")
class TestReauthentication(GuardedCase):
    def test_a_sensitive_change_is_refused_without_the_password_whoever_asks(self):
        for records in (self.mine, self.mine.sudo(), self.policy):
            with self.refused("needs your password", AccessError):
                records.write({"jitter": 5})
        self.assertEqual(self.policy.jitter, 1)

    def test_no_key_of_the_context_takes_the_place_of_the_password(self):
        context = {"identity_confirmed": True, "audit_connector_base.confirmed": True, "install_mode": True}
        with self.refused("needs your password", AccessError):
            self.mine.with_context(**context).write({"jitter": 5})

    def test_the_button_asks_what_is_confirmed_and_does_it_after_the_password(self):
        asked = self.mine.action_release()
        check = self.mine.env["res.users.identitycheck"].browse(asked["res_id"])
        self.assertEqual(check.audit_purpose, "Release: First")
        self.assertEqual(self.policy.jitter, 1)
        self.assertEqual(self.press(self.mine.action_release), "released")
        self.assertEqual(self.policy.jitter, 33)
        entry = self._entries("identity.confirmed")[-1]
        self.assertEqual((entry.actor, entry.res_id), ("user/%d" % self.administrator.id, self.policy.id))
        self.assertIn("Release: First", entry.summary)
        self.assertIn("Adm", entry.details)

    def test_a_confirmation_counts_once(self):
        self.press(self.mine.action_release)
        with self.refused("needs your password", AccessError):
            self.mine.write({"jitter": 5})
        asked = self.mine.action_release()
        self.assertEqual(asked["res_model"], "res.users.identitycheck")

    def test_a_question_is_answered_once(self):
        check = self._asked(self.mine.action_release)
        with self.second_cursor():
            self.assertEqual(check.run_check(), "released")
        self.policy.invalidate_recordset()
        with self.second_cursor(), self.refused("", UserError, AssertionError):
            self._with_password(check).run_check()

    def _asked(self, button):
        asked = button()
        return self._with_password(button.__self__.env["res.users.identitycheck"].browse(asked["res_id"]))

    def _with_password(self, check, password=None):
        password = password or check.env.user.login
        if SERIES >= 19:
            return check.with_context(password=password)
        check.password = password
        return check

    def test_a_confirmation_counts_for_its_record_and_action_only(self):
        self.confirmed(self.mine, "release")
        with self.refused("needs your password", AccessError):
            (self.mine + self.second.with_user(self.administrator)).write({"jitter": 5})
        with self.refused("needs your password", AccessError):
            self.second.with_user(self.administrator).write({"jitter": 5})
        other = self._user("oth", "audit_connector_base.group_audit_connector_admin")
        with self.refused("needs your password", AccessError):
            self.policy.with_user(other).write({"jitter": 5})
        with self.refused("needs your password", AccessError):
            self.mine._require_reauthentication("reveal")
        self.mine.write({"jitter": 5})
        self.assertEqual(self.policy.jitter, 5)

    def test_odoos_own_ten_minutes_do_not_count(self):
        """After any other check Odoo asks nothing more; we do."""
        self.press(self.mine.action_reveal)
        self.assertEqual(self.mine.action_release()["res_model"], "res.users.identitycheck")

    def test_what_reads_only_is_recorded_as_well(self):
        self.assertEqual(self.press(self.mine.action_reveal), "secret")
        self.assertIn("Show the secret: First", self._entries("identity.confirmed")[-1].summary)
        with self.refused("needs your password", AccessError):
            self.mine._require_reauthentication("reveal")

    def test_who_may_not_press_the_button_is_not_asked(self):
        with self.refused("Only administrators release"):
            self.policy.with_user(self.accountant).action_release()
        plain = self._user("plain")
        with mute_logger(*QUIET), self.refused("", AccessError):
            self.policy.with_user(plain).action_reveal()

    def test_an_old_question_is_not_answered(self):
        check = self._asked(self.mine.action_release)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_users_identitycheck SET create_date = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(minutes=6), check.id],
        )
        check.invalidate_recordset()
        with self.second_cursor(), self.assertRaisesRegex(UserError, "too old"):
            self._with_password(check).run_check()
        self.assertEqual(self.policy.jitter, 1)

    def test_somebody_elses_question_is_not_answered(self):
        other = self._user("oth", "audit_connector_base.group_audit_connector_admin")
        check = self._asked(self.mine.action_release)
        with mute_logger(*QUIET), self.second_cursor(), self.refused("", UserError, AccessError):
            self._with_password(check.with_user(other)).run_check()

    def test_nobody_writes_a_question_of_their_own(self):
        asked = {"action": "release", "model": "audit.retry.policy", "ids": self.policy.ids, "method": "unlink"}
        Check = self.env["res.users.identitycheck"].with_user(self.administrator)
        with mute_logger(*QUIET), self.refused("audit_request", AccessError):
            Check.create({"audit_request": json.dumps({**asked, "context": {}})})
        by_context = Check.with_context(default_audit_request=json.dumps({**asked, "context": {}}))
        with mute_logger(*QUIET), self.refused("audit_request", AccessError):
            by_context.create({})
        self.assertFalse(Check.with_context(default_audit_purpose="Harmless").create({}).audit_purpose)
        check = Check.create({})
        with mute_logger(*QUIET), self.refused("", AccessError):
            check.write({"audit_request": json.dumps({**asked, "context": {}})})
        check.sudo().audit_request = json.dumps({**asked, "context": {}})
        with self.second_cursor(), self.assertRaisesRegex(UserError, "too old"):
            self._with_password(check).run_check()
        self.assertTrue(self.policy.exists(), "only a button that asks for the same action is pressed")


@tagged("post_install", "-at_install")
class TestWrongPasswords(GuardedCase):
    def _guess(self, password="wrong"):
        with mute_logger("odoo.addons.base.models.res_users"):
            try:
                return self.press(self.mine.action_release, password)
            except UserError as error:
                return str(error)

    def _later(self, now, seconds):
        return patch.object(identity_check.fields.Datetime, "now", lambda: now + timedelta(seconds=seconds))

    def test_a_wrong_password_does_nothing_and_is_recorded(self):
        self.assertIn("Incorrect Password", self._guess())
        self.assertEqual(self.policy.jitter, 1)
        entry = self._entries("identity.refused")[-1]
        self.assertEqual(entry.actor, "user/%d" % self.administrator.id)
        self.assertEqual(entry.company_id, self.company)
        self.assertIn("Wrong password when asked to confirm: Release: First", entry.summary)
        self.assertNotIn("wrong", entry.payload_text)

    def test_who_guesses_has_to_wait_longer_and_longer(self):
        now = fields.Datetime.now()
        with self._later(now, 0):
            for _attempt in range(4):
                self.assertIn("Incorrect Password", self._guess())
            self.assertIn("too many wrong passwords", self._guess())
            self.assertIn("too many wrong passwords", self._guess(self.administrator.login), "the right one as well")
        self.assertEqual(len(self._entries("identity.refused")), 4, "what is not judged is no guess")
        for seconds, answer in ((1, "too many"), (2, "Incorrect"), (5, "too many"), (7, "Incorrect")):
            with self._later(now, seconds):
                self.assertIn(answer, self._guess())
        with self._later(now, 60):
            self.assertEqual(self._guess(self.administrator.login), "released")
        self.assertFalse(self.env["audit.identity.attempt"].sudo().search([("user_id", "=", self.administrator.id)]))

    def test_the_right_password_after_a_slip_costs_no_waiting(self):
        self._guess()
        self._guess()
        self.assertEqual(self._guess(self.administrator.login), "released")

    def test_a_wrong_password_does_not_stay_in_the_database(self):
        self._guess("hunter2-typo")
        self.env.cr.execute("SELECT * FROM res_users_identitycheck")
        self.assertNotIn("hunter2", str(self.env.cr.fetchall()))

    def test_nobody_reads_or_resets_the_count(self):
        self._guess()
        attempt = self.env["audit.identity.attempt"].sudo().search([])
        for user in (self.administrator, self.accountant):
            with mute_logger(*QUIET), self.refused("", AccessError):
                attempt.with_user(user).read(["failures"])
            with mute_logger(*QUIET), self.refused("", AccessError):
                attempt.with_user(user).unlink()


@tagged("post_install", "-at_install")
class TestReauthenticationOverHttp(GuardedCase, HttpCase):
    """The same as a browser does it: three requests, each in a transaction of its own."""

    def _call(self, model, method, args, **kwargs):
        answer = self.url_open(
            "/web/dataset/call_kw/%s/%s" % (model, method),
            data=json.dumps(
                {"jsonrpc": "2.0", "params": {"model": model, "method": method, "args": args, "kwargs": kwargs}}
            ),
            headers={"Content-Type": "application/json"},
        ).json()
        if "error" in answer:
            raise UserError(answer["error"]["data"]["message"])
        return answer["result"]

    def _answer(self, check_id, password):
        if SERIES >= 19:
            return self._call("res.users.identitycheck", "run_check", [[check_id]], context={"password": password})
        self._call("res.users.identitycheck", "write", [[check_id], {"password": password}])
        return self._call("res.users.identitycheck", "run_check", [[check_id]])

    def test_a_person_confirms_in_the_browser(self):
        self.authenticate(self.administrator.login, self.administrator.login)
        model, ids = self.policy._name, self.policy.ids
        with mute_logger("odoo.http"), self.assertRaisesRegex(UserError, "needs your password"):
            self._call(model, "write", [ids, {"jitter": 5}])
        asked = self._call(model, "action_release", [ids])
        with mute_logger("odoo.http", "odoo.addons.base.models.res_users"):
            with self.assertRaisesRegex(UserError, "Incorrect Password"):
                self._answer(asked["res_id"], "wrong")
        self.assertEqual(self._answer(asked["res_id"], self.administrator.login), "released")
        self.policy.invalidate_recordset()
        self.assertEqual(self.policy.jitter, 33)
        with mute_logger("odoo.http"), self.assertRaisesRegex(UserError, "needs your password"):
            self._call(model, "write", [ids, {"jitter": 5}])
