"""What the scripts of this folder work with: a company that can post, connectors, and messages in any number."""

from odoo import Command, api

LINES = 5
DATE = "2026-03-31"
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
CLOSED_PORT = 9  # discard (RFC 863): nobody listens

# So many events like the one given, each about a document of its own. Ids of messages are as long as real ones.
EVENTS = """
WITH made AS (
INSERT INTO audit_event (uuid, type, entity, contract_version, time, actor, company_id, res_model, res_id,
                         traceparent, payload, payload_sha256, backfill)
SELECT gen_random_uuid(), type, entity, contract_version, now() AT TIME ZONE 'UTC', actor, company_id, res_model, n,
       '00-' || md5(n::text) || '-' || left(md5(n::text), 16) || '-01', payload, payload_sha256, backfill
  FROM audit_event, generate_series(%(first)s, %(last)s) n
 WHERE audit_event.id = %(model)s
RETURNING id
)
SELECT min(id), max(id) FROM made
"""
DELIVERIES = """
INSERT INTO audit_delivery (event_id, event_type, subscription_id, connector_id, company_id, message_id, subject, state,
                            priority, lane, due_at, attempt_count, retry_count, create_date, delivered_at)
SELECT e.id, e.type, s.id, s.connector_id, e.company_id, e.uuid, e.res_model || '/' || e.res_id, %(state)s,
       '1', 1, e.time, 0, 0, e.time, CASE WHEN %(state)s = 'delivered' THEN e.time END
  FROM audit_event e JOIN audit_subscription s ON s.connector_id = ANY(%(connectors)s)
 WHERE e.id BETWEEN %(first)s AND %(last)s
   AND (NOT %(shared_out)s OR (%(connectors)s::integer[])[1 + e.id %% cardinality(%(connectors)s)] = s.connector_id)
"""


def person(env):
    """Give the administrator the rights of an accountant and return the id."""
    user = env.ref("base.user_admin")
    env.ref("account.group_account_manager").write({members(env): [Command.link(user.id)]})
    return user.id


def as_person(cr, person_id):
    """The environment of a request: a person with rights, not the superuser, and nothing cached."""
    return api.Environment(cr, person_id, {"lang": "en_US", "tz": "UTC"})


def make_company(env):
    """Make what an invoice needs."""
    company = env.company
    if not company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
    if not company.account_sale_tax_id:
        raise LookupError("the chart of accounts has no sales tax")
    env["res.partner"].create({"name": "Hafenkontor Bremen GmbH", "ref": "bench", "is_company": True})
    for number in range(LINES):
        env["product.product"].create({"name": "Service %d" % number, "default_code": "bench"})


def make_invoices(env, count):
    """Make so many drafts of five lines."""
    products = env["product.product"].search([("default_code", "=", "bench")])
    taxes = [Command.set(env.company.account_sale_tax_id.ids)]
    lines = [
        Command.create({"product_id": product.id, "quantity": 2, "price_unit": 50.20, "tax_ids": taxes})
        for product in products
    ]
    values = {
        "move_type": "out_invoice",
        "partner_id": env["res.partner"].search([("ref", "=", "bench")]).id,
        "invoice_date": DATE,
        "invoice_line_ids": lines,
    }
    return env["account.move"].create([values] * count)


def make_connector(env, name, port=CLOSED_PORT):
    """Make a connector that subscribes to posted invoices."""
    host = "127.0.0.1:%d" % port
    connector = env["audit.connector"].create(
        {
            "name": name,
            "url": "http://%s/events" % host,
            "allowed_destinations": host,
            "signing_secret": SECRET,
        }
    )
    posted = env.ref("audit_connector_base.event_type_invoice_posted")
    env["audit.subscription"].create({"connector_id": connector.id, "event_type_ids": [Command.set(posted.ids)]})
    return connector


def make_model_event(env):
    """Post an invoice and return the id of the event that it left, to be multiplied; it has no deliveries."""
    make_invoices(env, 1).action_post()
    env.flush_all()
    env.cr.execute("SELECT max(id) FROM audit_event")
    (event_id,) = env.cr.fetchone()
    env.cr.execute("DELETE FROM audit_delivery WHERE event_id = %s", [event_id])
    return event_id


def make_deliveries(env, model_event, connectors, count, state="pending", shared_out=False):
    """Make ``count`` events with a delivery to each of the connectors, or shared out among them; by SQL.

    :return: ``(first, last)`` id of the events
    """
    env.cr.execute("SELECT coalesce(max(res_id), 0) FROM audit_event")
    (used,) = env.cr.fetchone()
    env.cr.execute(EVENTS, {"model": model_event, "first": used + 1, "last": used + count})
    first, last = env.cr.fetchone()
    env.cr.execute(
        DELIVERIES,
        {"first": first, "last": last, "connectors": connectors, "state": state, "shared_out": shared_out},
    )
    return first, last


def members(env):
    """17.0 and 19.0 have different names for the users of a group."""
    return "user_ids" if "user_ids" in env["res.groups"]._fields else "users"
