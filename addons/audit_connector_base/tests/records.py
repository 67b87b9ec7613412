"""A record of every model of the suite, for the tests that walk through all of them.

Most models need nothing: ``Maker.make`` fills what is required. One whose ``create`` wants more has a function in
``FACTORIES`` below, or, in another addon of the suite, in ``FACTORIES`` of its own ``tests/records.py``: it takes the
maker and returns a record that belongs to ``maker.company``.
"""

import importlib
import secrets
from datetime import date, datetime

from odoo import Command
from odoo.tools import mute_logger

from ..compat import is_automatic
from .common import GROUPS

SUITE = "audit_"
# Chosen although it is not required, as it is what a reader of another company would learn.
TELLING = {"name", "title", "subject", "outside_id", "reason", "detail", "summary", "note"}


class Maker:
    """Makes records that belong to one company, in the name of its administrator.

    :param env: environment of that administrator, whose current company it is
    """

    def __init__(self, env):
        self.env = env(su=True)
        self.company = env.company
        self.word = "Secret of company %d" % env.company.id
        self.count = 0
        self._made = {}
        self._factories = declared(env, "FACTORIES")

    def of(self, name):
        """The record of a model that was made already, else a new one."""
        if name not in self._made:
            model = self.env[name]
            shared = "company_id" not in model._fields and not model._transient and not model._abstract
            self._made[name] = shared and model.search([], limit=1) or self.make(name)
        return self._made[name]

    def make(self, name, **values):
        """A new record; ``values`` are given to a model that is filled without a function of its own."""
        if name in self._factories and not values:
            return self._factories[name](self)
        return self.env[name].create({**self.values(name), **values})

    def values(self, name):
        """What a model requires, with texts by which its company would be recognised."""
        model, values = self.env[name], {}
        self.count += 1
        for field in model._fields.values():
            if is_automatic(field) or field.related or field.compute and not field.inverse and field.readonly:
                continue
            if field.name == "company_id":
                values["company_id"] = self.company.id
            elif field.name == "company_ids":
                values["company_ids"] = [Command.set(self.company.ids)]
            elif field.type == "many2one" and field.comodel_name.startswith("audit.") and field.comodel_name != name:
                if not self.env[field.comodel_name]._transient:
                    values[field.name] = self.of(field.comodel_name).id
            elif field.store and (field.required or field.name in TELLING):
                value = self._value(field)
                if value is not None:
                    values[field.name] = value
        return values

    def _value(self, field):
        """Something that fits a field; None to leave it to its default."""
        if field.default and field.name not in TELLING:
            return None
        if field.type in ("char", "text", "html"):
            return "%s, %d" % (self.word, self.count)
        if field.type == "selection":
            choices = field.get_values(self.env)
            return choices[0] if choices else None
        if field.type == "many2one":
            return self.env[field.comodel_name].search([], limit=1).id
        if field.type == "many2many":
            return [Command.set(self.env[field.comodel_name].search([], limit=1).ids)]
        simple = {
            "integer": self.company.id * 1000 + self.count, "float": 1.0, "boolean": True, "date": date(2026, 1, 1),
            "datetime": datetime(2026, 1, 1), "json": {}, "many2one_reference": self.company.partner_id.id,
        }  # fmt: skip
        return simple.get(field.type)


def declared(env, name):
    """What ``tests/records.py`` of every installed addon of the suite calls ``name``, as one dict.

    ``FACTORIES``: ``{model: function}``. ``BUTTONS``: ``{model: {methods}}`` that people may call, which each addon but
    this one declares there. ``WAYS``: ``{model: {methods}}`` of those that answer with nothing but the way to a list.
    ``DOCUMENTS``: ``{entity: function}`` that makes a document of which the API tells under the name of that entity.
    """
    found = {}
    for module in suite_modules(env):
        try:
            records = importlib.import_module("odoo.addons.%s.tests.records" % module)
        except ModuleNotFoundError:
            continue
        found.update(getattr(records, name, {}))
    return found


def suite_modules(env):
    """Names of the installed addons of the suite."""
    installed = env["ir.module.module"].sudo().search([("state", "=", "installed"), ("name", "=like", SUITE + "%")])
    return installed.mapped("name")


def suite_models(env):
    """Names of all models of the suite that hold records."""
    return sorted(name for name in env.registry if name.startswith("audit.") and not env[name]._abstract)


def _connector(maker):
    maker.count += 1
    with mute_logger("odoo.addons.mail"):
        return maker.env["audit.connector"].create(
            {
                "name": "%s, connector %d" % (maker.word, maker.count),
                "company_id": maker.company.id,
                "url": "http://127.0.0.1:9/events",
                "allowed_destinations": "127.0.0.1:9",
                "signing_secret": "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            }
        )


def _subscription(maker):
    event_type = maker.env.ref("audit_connector_base.event_type_invoice_posted")
    return maker.env["audit.subscription"].create(
        {
            "name": "%s, subscription" % maker.word,
            "connector_id": maker.of("audit.connector").id,
            "event_type_ids": [Command.set(event_type.ids)],
        }
    )


def _log_entry(maker):
    uuids = maker.env["audit.log.entry"]._append(
        [
            {
                "kind": "event.written",
                "direction": "none",
                "company_id": maker.company.id,
                "res_model": "audit.connector",
                "res_id": maker.of("audit.connector").id,
                "correlation": "0" * 31 + "1",
                "payload": b'{"type":"invoice.posted"}',
            }
        ]
    )
    return maker.env["audit.log.entry"].search([("uuid", "in", uuids)])


def _anchor_target(maker):
    return maker.env["audit.log.anchor.target"].create(
        {"name": "%s, holder" % maker.word, "company_id": maker.company.id, "addresses": "auditor@example.com"}
    )


def _quarantine(maker):
    """Of an entry that is gone; each is set aside once."""
    last = maker.env["audit.log.quarantine"].search([], order="entry_id desc", limit=1)
    return maker.env["audit.log.quarantine"].create(
        {
            "entry_id": last.entry_id + 1_000_000,
            "log_id": maker.of("audit.log").id,
            "company_id": maker.company.id,
            "reason": "no_mac",
            "found_at": datetime(2026, 1, 1),
        }
    )


def _external_id(maker):
    partner = maker.env["res.partner"].create({"name": "%s, partner" % maker.word, "company_id": maker.company.id})
    return maker.env["audit.external.id"]._assign(maker.of("audit.connector"), partner, "%s, number" % maker.word)


def _retention_run(maker):
    """The open one: a company has one at a time."""
    Run = maker.env["audit.retention.run"]
    unfinished = [("company_id", "=", maker.company.id), ("state", "=", "counted")]
    return Run.search(unfinished) or Run.create({"company_id": maker.company.id, "note": maker.word})


def _retention_listed(maker):
    """As it is written when an erasure is asked for, which nothing of a test is old enough for."""
    line = maker.of("audit.retention.run.line")
    entry = maker.env["audit.log.entry"].search([("company_id", "=", maker.company.id)], limit=1)
    maker.env.cr.execute(
        """
        INSERT INTO audit_retention_listed (line_id, row_id, company_id, kind, at, res_model, res_id, size)
        VALUES (%s, %s, %s, 'log', now(), 'res.company', %s, 100) RETURNING id
        """,
        [line.id, entry.id, maker.company.id, maker.company.id],
    )
    return maker.env["audit.retention.listed"].browse(maker.env.cr.fetchone()[0])


def _role_exception(maker):
    return maker.env["audit.role.exception"].create(
        {
            "user_id": maker.env.uid,
            "conflict_id": maker.env.ref("audit_connector_base.role_conflict_admin_approver").id,
            "company_id": maker.company.id,
            "reason": maker.word,
            "compensation": maker.word,
        }
    )


def _role_holder(maker):
    """Of somebody who holds all roles, and whom one made for this may not see."""
    roles = ["audit_connector_base.group_audit_connector_admin", "audit_connector_base.group_audit_approver"]
    maker.env["res.users"].with_context(no_reset_password=True).create(
        {
            "name": "%s, person" % maker.word,
            "login": "holder-%s" % secrets.token_hex(8),
            "company_id": maker.company.id,
            "company_ids": [Command.set(maker.company.ids)],
            GROUPS: [Command.set([maker.env.ref(role).id for role in roles])],
        }
    )
    return maker.env["audit.role.holder"].search([("company_id", "=", maker.company.id)], limit=1, order="id")


FACTORIES = {
    "audit.authority.rule": lambda maker: maker.env["audit.authority.rule"].create(
        {
            "entity": "supplier",
            "field_group": "contact",
            "company_id": maker.company.id,
            "connector_id": maker.of("audit.connector").id,
            "note": maker.word,
        }
    ),
    "audit.connector": _connector,
    "audit.connector.state": lambda maker: maker.of("audit.connector").state_ids,
    "audit.credential": lambda maker: maker.of("audit.connector").credential_ids,
    "audit.external.id": _external_id,
    "audit.log": lambda maker: maker.env["audit.log"].search([("company_id", "=", maker.company.id)], limit=1),
    "audit.log.anchor.change": lambda maker: maker.env["audit.log.anchor.change"].create(
        {"target_id": maker.make("audit.log.anchor.target").id, "addresses": "other@example.com", "reason": maker.word}
    ),
    "audit.log.anchor.target": _anchor_target,
    "audit.log.entry": _log_entry,
    "audit.log.quarantine": _quarantine,
    "audit.retry.policy": lambda maker: maker.env["audit.retry.policy"].create(
        {"name": "%s, policy" % maker.word, "schedule": "0s", "company_id": maker.company.id}
    ),
    "audit.retention.listed": _retention_listed,
    "audit.retention.run": _retention_run,
    "audit.retention.policy": lambda maker: maker.env["audit.retention.policy"].create(
        {"company_id": maker.company.id, "basis": maker.word}
    ),
    "audit.role.exception": _role_exception,
    "audit.role.holder": _role_holder,
    "audit.subscription": _subscription,
    "audit.subscription.contract": lambda maker: maker.env["audit.subscription.contract"].search(
        [("subscription_id", "=", maker.of("audit.subscription").id)], limit=1
    ),
}
