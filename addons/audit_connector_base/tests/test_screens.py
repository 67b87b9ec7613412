from lxml import etree

from odoo.tests import tagged

from ..compat import SERIES
from .common import GROUPS, AuditCase
from .test_security import PUBLIC_METHODS

ADDON = "audit_connector_base"
LIST = "list" if SERIES >= 19 else "tree"
LISTS = ("audit_event_action", "audit_delivery_action", "audit_delivery_failed_action", "audit_inbound_message_action")
# What a single record consists of, behind a button of it.
OPENED_FROM_ANOTHER = {"audit.retention.listed"}


@tagged("post_install", "-at_install")
class TestScreens(AuditCase):
    """What is there can be reached, by people who never heard of the developer mode."""

    def _ours(self, model):
        data = self.env["ir.model.data"].search([("module", "=", ADDON), ("model", "=", model)])
        return self.env[model].browse(data.mapped("res_id"))

    def test_nothing_asks_for_the_developer_mode(self):
        developers = self.env.ref("base.group_no_one")
        for view in self._ours("ir.ui.view"):
            self.assertNotIn("group_no_one", view.arch_db, view.name)
        for menu in self._ours("ir.ui.menu"):
            self.assertNotIn(developers, menu[GROUPS], menu.name)

    def test_every_kind_of_record_with_a_list_has_a_menu(self):
        listed = {view.model for view in self._ours("ir.ui.view") if etree.fromstring(view.arch_db).tag == LIST}
        led_to = {menu.action.res_model for menu in self._ours("ir.ui.menu") if menu.action}
        self.assertGreater(len(listed), 10)
        self.assertEqual(listed - led_to, OPENED_FROM_ANOTHER)

    def test_every_button_stands_on_a_screen(self):
        archs = "".join(self._ours("ir.ui.view").mapped("arch_db"))
        menus = "".join(action.code or "" for action in self._ours("ir.actions.server"))
        for model, methods in PUBLIC_METHODS.items():
            for method in methods:
                with self.subTest(model=model, method=method):
                    self.assertTrue('name="%s"' % method in archs or ".%s()" % method in menus)

    def test_the_lists_of_the_exchange_have_filters_groups_pivot_and_graph(self):
        for name in LISTS:
            action = self.env.ref("%s.%s" % (ADDON, name))
            model = self.env[action.res_model].with_user(self.administrator)
            with self.subTest(name):
                modes = [mode for _view, mode in action.views]
                self.assertEqual(modes[0], LIST)
                self.assertLessEqual({"form", "pivot", "graph"}, set(modes))
                for view_id, mode in action.views:
                    model.get_view(view_id, mode)
                search = etree.fromstring(model.get_view(action.search_view_id.id, "search")["arch"])
                filters = search.findall(".//filter")
                self.assertTrue([one for one in filters if one.get("domain")])
                self.assertTrue([one for one in filters if "group_by" in (one.get("context") or "")])

    def test_dead_letters_are_counted_by_what_to_do_about_them(self):
        """By their state, as all deliveries, each would be the same."""
        action = self.env.ref(ADDON + ".audit_delivery_failed_action")
        views = {mode: view_id for view_id, mode in action.views}
        for mode in ("pivot", "graph"):
            arch = self.env["audit.delivery"].get_view(views[mode], mode)["arch"]
            self.assertIn("failure", [field.get("name") for field in etree.fromstring(arch).iter("field")])

    def test_the_card_of_a_connector_leads_to_its_dead_letters(self):
        connector = self._connector()
        action = connector.action_open_dead()
        self.assertEqual(action["id"], self.env.ref(ADDON + ".audit_delivery_failed_action").id)
        self.assertIn(("connector_id", "=", connector.id), action["domain"])
