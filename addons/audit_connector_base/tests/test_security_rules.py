import ast
import re
from pathlib import Path

from odoo import Command
from odoo.modules.module import get_module_path
from odoo.tests import tagged

from .common import GROUPS, AuditCase
from .records import suite_models, suite_modules

# What would open a hole wherever it stands, and why.
FORBIDDEN = {
    "sanitize=False": "HTML from outside would run in the browser of whoever reads it",
    "public=True": "a file would be open to everybody who guesses its number",
    "safe_eval": "what people enter is read as literals, never run",
    "allow_redirects=True": "a platform could send us elsewhere",
    "verify=False": "TLS is always verified",
    "resolve_entities=True": "XML from outside could read files",
    "eval(": "what people enter is read as literals, never run",
}
ALLOWED = {"ast.literal_eval(", "literal_eval("}
# Where the context is looked at, and why that opens no door: nobody else decides there whether something is allowed.
READS_CONTEXT = {
    "compat.py": "refuses what it would fill in",
    "models/abstract/reauthentication.py": "given back to the button that asked",
    "models/connector/secrets.py": "which secret a dialog begins with",
    "models/operation/exception.py": "language and time zone, passed on",
    "wizards/cancel.py": "the rows that were marked in a list",
    "wizards/replay.py": "the rows that were marked in a list",
}
# Who imports what opens connections. All others call ``core/dial.py``, or are handed a socket that it made.
CONNECTS = ("socket", "ssl", "http.client", "urllib.request", "urllib3", "requests", "httpx", "aiohttp", "smtplib",
            "ftplib", "telnetlib", "imaplib", "poplib", "xmlrpc")  # fmt: skip
MAY_CONNECT = {
    "core/dial.py": CONNECTS,
    "core/tls.py": ("ssl",),  # certificates for the dialler
    "core/brokers/link.py": ("ssl",),  # names the errors of TLS
}
# What jobs are given beside the records that they are about: numbers and days, nothing that anybody writes or sends.
JOB_ARGUMENTS = ("company_id", "lane", "asked", "[last.date.isoformat(), last.id]")
# What a parser of XML is told, so that a document neither reads files, nor asks the network, nor hides text.
SAFE_XML = {
    "resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False, "remove_comments": True,
    "remove_pis": True,
}  # fmt: skip
PARSERS = ("XMLParser", "iterparse", "XMLPullParser")
PARSES = ("fromstring", "parse", "XML", "XMLID", "fromstringlist")
PERMISSIONS = ("perm_read", "perm_write", "perm_create", "perm_unlink")


@tagged("post_install", "-at_install")
class TestSecurityRules(AuditCase):
    """The rules of ``readme/SECURITY.md`` that belong to no single feature."""

    def _sources(self, *parts):
        """Paths of the Python sources of every addon of the suite that is installed, tests only where asked for."""
        for module in suite_modules(self.env):
            for path in sorted(Path(get_module_path(module)).rglob("*.py")):
                if ("tests" in path.parts) == ("tests" in parts):
                    yield path

    def test_every_test_that_the_table_names_is_there(self):
        table = Path(get_module_path("audit_connector_base"), "readme", "SECURITY.md").read_text()
        named = set(re.findall(r"`(test_[a-z0-9_]+)`", table))
        self.assertGreater(len(named), 60)
        there = set()
        outside = Path(__file__).resolve().parents[3] / "tests"
        for path in [*self._sources("tests"), *outside.glob("test_*.py")]:
            tree = ast.parse(path.read_text())
            there |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        if not outside.is_dir():
            # A ported tree holds the addons only.
            named.discard("test_a_wrong_password_stays_recorded_and_many_at_once_are_not_all_judged")
        self.assertEqual(named - there, set())
        for line in table.splitlines():
            if line.startswith("| ") and not line.startswith("| rule"):
                self.assertIn("`test_", line, "no test for this rule")

    def test_sources_do_without_what_opens_holes(self):
        read = 0
        for path in self._sources():
            read += 1
            text = path.read_text()
            for word, why in FORBIDDEN.items():
                for found in re.finditer(r"[\w.]*" + re.escape(word), text):
                    if found.group() not in ALLOWED:
                        self.fail("%s: %s in %s" % (path, why, found.group()))
            for node in ast.walk(ast.parse(text)):
                self._check_node(path, node)
        self.assertGreater(read, 100)

    def test_what_opens_holes_is_found(self):
        """Sources of others that the checks above would have to name."""
        for source in (
            'self.env["ir.attachment"].create({"raw": body})',
            'self.with_delay()._work({"iban": "DE02"})',
            "self.with_delay(priority=5)._work(self.reason)",
            "self.with_delay()._work(lane, reason=reason)",
            "etree.fromstring(body)",
            "etree.fromstring(body, etree.XMLParser(resolve_entities=True))",
            "etree.iterparse(body, resolve_entities=False)",
        ):
            with self.subTest(source=source), self.assertRaises(AssertionError):
                for node in ast.walk(ast.parse(source)):
                    self._check_node("theirs.py", node)

    def test_no_guard_asks_the_context(self):
        """Whoever calls writes the context, so it may choose what is shown, and never what is allowed."""
        found = set()
        for path in self._sources():
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Attribute) and ast.unparse(node).endswith((".env.context", "._context")):
                    found.add(_place(path))
        self.assertEqual(found - READS_CONTEXT.keys(), set(), "say in READS_CONTEXT why it decides nothing there")

    def test_only_the_dialler_opens_connections(self):
        found = set()
        for path in self._sources():
            if path.parent.name == "tools":
                continue  # programs for outsiders, which Odoo never runs
            for node in ast.walk(ast.parse(path.read_text())):
                for module in _imported(node):
                    allowed = MAY_CONNECT.get(_place(path), ())
                    if any(module == one or module.startswith(one + ".") for one in CONNECTS if one not in allowed):
                        found.add((_place(path), module))
        self.assertEqual(found, set())

    def _check_node(self, path, node):
        """Files are made so that nothing in them runs; jobs are given no contents."""
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            return
        called = ast.unparse(node.func)
        if "etree" in called or "lxml" in called:
            self._check_parsing(path, node)
        if node.func.attr == "create" and "ir.attachment" in called:
            self.assertIn("attachments_mime_plainxml", called, "%s:%s" % (path, node.lineno))
        if isinstance(node.func.value, ast.Call) and ast.unparse(node.func.value.func).endswith(".with_delay"):
            for argument in (*node.args, *(one.value for one in node.keywords)):
                self.assertIn(ast.unparse(argument), JOB_ARGUMENTS, "%s:%s" % (path, node.lineno))

    def _check_parsing(self, path, node):
        """XML from outside is read by a parser of ours only; lxml's own opens files that a document names."""
        given = {one.arg: one.value.value for one in node.keywords if isinstance(one.value, ast.Constant)}
        if node.func.attr in PARSERS:
            self.assertLessEqual(SAFE_XML.items(), given.items(), "%s:%s" % (path, node.lineno))
        if node.func.attr in PARSES:
            has_parser = len(node.args) > 1 or "parser" in {one.arg for one in node.keywords}
            self.assertTrue(has_parser, "%s:%s" % (path, node.lineno))

    def test_visitors_and_the_portal_hold_no_right(self):
        outsiders = ["base.group_portal", "base.group_public", "audit_connector_base.group_audit_auditor"]
        ids = [self.env.ref(group).id for group in outsiders] + [False]
        rights = (
            self.env["ir.model.access"]
            .with_context(active_test=False)
            .search([("model_id.model", "=like", "audit.%"), ("group_id", "in", ids)])
        )
        given = [right.name for right in rights if any(right[perm] for perm in PERMISSIONS)]
        self.assertEqual(given, [], "a right without a group is one for everybody")

    def test_no_record_carries_a_token_of_the_portal(self):
        token = self.env.registry["portal.mixin"]
        self.assertEqual([name for name in suite_models(self.env) if issubclass(self.env.registry[name], token)], [])

    def test_no_model_takes_mails_in(self):
        """The gateway of Odoo believes whom a mail says it is from."""
        registry = self.env.registry
        believing = ("message_new", "message_update", "_alias_get_creation_values")
        for name in suite_models(self.env):
            self.assertFalse(issubclass(registry[name], registry["mail.alias.mixin"]), name)
            for cls in registry[name].mro():
                if cls.__module__.startswith("odoo.addons.audit_"):
                    self.assertFalse(set(believing) & vars(cls).keys(), name)

    def test_every_model_has_a_rule_for_companies(self):
        """One for everybody, not only for a role: rules of several roles add up."""
        for name in suite_models(self.env):
            if "company_id" in self.env[name]._fields:
                rules = self.env["ir.rule"].search([("model_id.model", "=", name), ("groups", "=", False)])
                self.assertTrue(rules.filtered("global"), name)

    def test_whatever_is_exported_goes_through_the_guard_of_formulas(self):
        guard = self.env.registry["audit.text.export"]
        past = [name for name in suite_models(self.env) if not issubclass(self.env.registry[name], guard)]
        self.assertEqual(past, [])

    def test_texts_from_outside_are_no_formulas_in_a_spreadsheet(self):
        connector = self._connector(name="=HYPERLINK(1)")
        self.administrator[GROUPS] = [Command.link(self.env.ref("base.group_allow_export").id)]
        names = {text: "'" + text for text in ("=HYPERLINK(1)", "@sum", "+1", "-1", "\tx")} | {"plain": "plain"}
        for name, exported in names.items():
            connector.name = name
            rows = connector.with_user(self.administrator).export_data(["name", "timeout"])["datas"]
            self.assertEqual(rows, [[exported, 5]])

    def test_routes_for_machines_keep_no_session(self):
        routes = self.env["ir.http"]._generate_routing_rules(suite_modules(self.env), converters={})
        ours = [endpoint.routing for url, endpoint in routes if url.startswith("/audit/v1/")]
        self.assertGreater(len(ours), 5)
        for routing in ours:
            with self.subTest(routes=routing["routes"]):
                self.assertIn(routing["auth"], ("none", "public"))
                if routing["type"] == "audit_machine":
                    self.assertFalse(routing["save_session"])
                else:
                    self.assertEqual(set(routing["methods"]), {"GET"}, "only reading goes without the own reader")


def _place(path):
    """A source file as it is named here: its path within its addon."""
    parts = path.parts
    addon = max(index for index, part in enumerate(parts) if part.startswith("audit_") and "." not in part)
    return "/".join(parts[addon + 1 :])


def _imported(node):
    """Full names of the modules that an import statement brings in."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level and node.module:
        return ["%s.%s" % (node.module, alias.name) for alias in node.names]
    return []
