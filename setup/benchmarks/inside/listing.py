"""Fills the exchange with millions of rows and asks for what the web client asks for. Runs inside Odoo (``env`` is
given)."""

import datetime
import statistics
import sys
import time

from answering import answer
from crowd import fill
from ground import make_company, make_connector, make_invoices, members, person
from lxml import etree

from odoo import Command, api, release
from odoo.tools.safe_eval import datetime as datetimes
from odoo.tools.safe_eval import safe_eval

CONNECTORS = 5
INVOICES = 400
TIMES = 5
ADDON = "audit_connector_base."
SERIES = release.version_info[0]
LIST = "list" if SERIES > 17 else "tree"
RELATIONAL = ("many2one", "many2many", "one2many")


class Screen:
    """A connector administrator in front of the web client; every question has an empty cache, as a request has."""

    def __init__(self, env):
        self.env, self.registry = env, env.registry

    def prepare(self, events, inbound):
        """Make a company with its people, connectors and documents, another company beside it, and the rows."""
        env = self.env
        user_id = person(env)
        env.ref(ADDON + "group_audit_connector_admin").write({members(env): [Command.link(user_id)]})
        make_company(env)
        invoices = make_invoices(env, INVOICES).ids
        other = env["res.company"].create({"name": "Other"})
        env.ref("base.user_admin").write({"company_ids": [Command.link(other.id)]})
        connectors = [make_connector(env, "Platform %d" % number).id for number in range(CONNECTORS)]
        self.user_id, self.context = user_id, {"allowed_company_ids": env.company.ids, "lang": "en_US", "tz": "UTC"}
        env.cr.commit()
        fill(self.registry, events, inbound, connectors, (env.company.id, other.id), invoices)

    def questions(self):
        """Return ``[[name, what the client calls, arguments], …]`` for all that the menu's screens open with."""
        asked = []
        for name, action in (
            ("Events", "audit_event_action"),
            ("Deliveries", "audit_delivery_action"),
            ("Dead Letters", "audit_delivery_failed_action"),
            ("Audit Trail", "audit_log_entry_action"),
            ("Inbound", "audit_inbound_message_action"),
        ):
            asked += self._of_list(name, self.env.ref(ADDON + action))
        return asked + list(self._of_connectors())

    def ask(self, model, method, arguments):
        """Milliseconds (median, lowest, highest) that a call takes; the first one is not counted."""
        taken = []
        for _number in range(TIMES + 1):
            with self.registry.cursor() as cr:
                records = api.Environment(cr, self.user_id, self.context)[model]
                if method == "web_read":
                    records = records.search([], limit=1)
                    records.invalidate_recordset()
                began = time.perf_counter()
                getattr(records, method)(**arguments)
                taken.append(1000 * (time.perf_counter() - began))
        return [f(taken[1:]) for f in (statistics.median, min, max)]

    def _of_list(self, name, action):
        env = api.Environment(self.env.cr, self.user_id, self.context)
        model = action.res_model
        listed = dict((mode, view_id) for view_id, mode in action.views)[LIST]
        views = env[model].get_views([[listed, "list"], [action.search_view_id.id, "search"]])["views"]
        domain = _evaluated(action.domain or "[]", env)
        arch = etree.fromstring(views["list"]["arch"])
        read = {
            "specification": _specification(env[model], arch),
            "limit": 80,
            "count_limit": 10_001,
            "order": arch.get("default_order", ""),
        }
        yield [name, model, "web_search_read", {**read, "domain": domain}]
        for node in etree.fromstring(views["search"]["arch"]).iter("filter"):
            title = "%s: %s" % (name, node.get("string") or node.get("name"))
            group = _evaluated(node.get("context") or "{}", env).get("group_by")
            if group:
                # Without an interval the client offers all and begins with months.
                group += ":month" if env[model]._fields[group].type in ("date", "datetime") else ""
                yield [title + ", grouped", model, "web_read_group", _grouping(domain, group)]
            elif node.get("date"):
                yield [title + ", this month", model, "web_search_read", {**read, "domain": domain + _month(node)}]
            else:
                filtered = domain + _evaluated(node.get("domain"), env)
                yield [title, model, "web_search_read", {**read, "domain": filtered}]

    def _of_connectors(self):
        env = api.Environment(self.env.cr, self.user_id, self.context)
        model = "audit.connector"
        views = env[model].get_views([[False, "kanban"], [False, "form"]])["views"]
        kanban, form = (etree.fromstring(views[kind]["arch"]) for kind in ("kanban", "form"))
        shown = {"specification": _specification(env[model], kanban), "limit": 40, "count_limit": 10_001, "domain": []}
        yield ["Connectors: cards", model, "web_search_read", shown]
        yield ["Connectors: form", model, "web_read", {"specification": _specification(env[model], form)}]


def _evaluated(text, env):
    """A domain or context of a view, as the client evaluates it."""
    return safe_eval(text, {"context_today": datetime.date.today, "datetime": datetimes, "uid": env.uid})


def _month(node):
    first = datetime.date.today().replace(day=1)
    return [(node.get("date"), ">=", str(first)), (node.get("date"), "<", str(first + datetime.timedelta(days=31)))]


def _grouping(domain, group):
    if SERIES > 17:
        return {"domain": domain, "groupby": [group], "aggregates": ["__count"], "limit": 80}
    return {"domain": domain, "fields": [], "groupby": [group], "limit": 80, "lazy": True}


def _specification(model, arch):
    """What the client reads for a view: each field once, names of relations, columns of the lists within."""
    found = {}
    for node in arch.iter("field"):
        if any(above.tag == "field" for above in node.iterancestors() if above is not arch):
            continue
        name = node.get("name")
        field = model._fields[name]
        found[name] = {}
        if field.type == "many2one":
            found[name] = {"fields": {"display_name": {}}}
        elif field.type in RELATIONAL:
            inner = node.find(LIST) if node.find(LIST) is not None else node.find("kanban")
            below = _specification(model.env[field.comodel_name], inner) if inner is not None else {"display_name": {}}
            found[name] = {"fields": below, "limit": 40}
    return found


screen = Screen(env)  # noqa: F821 - given by the shell that runs this
answer(
    sys.argv[1:],
    {"prepare": screen.prepare, "questions": screen.questions, "ask": screen.ask},
)
