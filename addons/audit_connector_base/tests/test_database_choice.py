from types import SimpleNamespace
from unittest.mock import patch

from odoo import http
from odoo.tests import TransactionCase, tagged

from ..controllers import database_choice

INBOUND = "/audit/v1/inbound/abc"
DATABASES = "odoo.service.db.list_dbs"


@tagged("post_install", "-at_install")
class TestDatabaseChoice(TransactionCase):
    """PostgreSQL is asked for its databases once in a while, and not at each request of a machine."""

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.dict(database_choice._chosen, clear=True))
        self.startPatcher(patch.object(http, "db_filter", lambda names, host=None: list(names)))
        self.now = 1000.0
        self.startPatcher(patch.object(database_choice, "time", SimpleNamespace(monotonic=lambda: self.now)))
        self.databases = self.startPatcher(patch(DATABASES, return_value=["books"]))

    def ask(self, path=INBOUND, host="erp.example", force=True):
        asking = SimpleNamespace(httprequest=SimpleNamespace(path=path))
        http._request_stack.push(asking)
        try:
            return http.db_list(force=force, host=host)
        finally:
            http._request_stack.pop()

    def test_the_only_database_is_remembered_for_a_while(self):
        for _request in range(3):
            self.assertEqual(self.ask(), ["books"])
        self.assertEqual(self.databases.call_count, 1)
        self.databases.return_value = ["books", "test"]
        self.now += database_choice.REMEMBERED
        self.assertEqual(self.ask(), ["books", "test"])

    def test_none_and_several_are_asked_for_again(self):
        for names in (["books", "test"], [], ["books"]):
            self.databases.return_value = names
            self.assertEqual(self.ask(), names)
        self.assertEqual(self.databases.call_count, 3)

    def test_each_host_has_its_own_and_cannot_fill_the_memory(self):
        for number in range(3 * database_choice.HOSTS):
            self.ask(host="%d.example" % number)
        self.assertEqual(self.databases.call_count, 3 * database_choice.HOSTS)
        self.assertLessEqual(len(database_choice._chosen), database_choice.HOSTS)

    def test_what_is_returned_is_nobody_elses(self):
        self.ask().append("other")
        self.assertEqual(self.ask(), ["books"])

    def test_people_are_answered_as_ever(self):
        for path, host, force in (
            ("/web/login", "erp.example", True),
            ("/audit/bank/answer/1", "erp.example", True),
            (INBOUND, None, True),
            (INBOUND, "erp.example", False),
        ):
            self.ask(path, host, force)
            self.ask(path, host, force)
        self.assertEqual(self.databases.call_count, 8)

    def test_it_is_put_before_odoo_once(self):
        database_choice.install()
        self.assertFalse(hasattr(http.db_list.audit_asked, "audit_asked"))
