"""Make the demonstration company. Runs inside Odoo (``env`` is given), once for a new database.

Brightwater Trading has a chart of accounts, customers, suppliers and products, the people of the addons' demo data,
and one connector: the local receiver that plays a tax archive.
"""

import inspect
import json
import os

from odoo import Command
from odoo.tools import convert_file

CUSTOMERS = [
    ("Hafenkontor Bremen GmbH", "DE136695976"),
    ("Lumière & Fils SARL", False),
    ("Northgate Clinics Ltd", False),
    ("Rossi Ceramiche S.p.A.", False),
]
SUPPLIERS = [("Papierwerk Lindau AG", False), ("Baltic Freight OÜ", False)]
PRODUCTS = [
    ("Quarterly stock count", 1450.00),
    ("Customs clearance", 385.50),
    ("Cold storage, per pallet and week", 27.40),
    ("Express handling", 96.00),
]


def make_company(env, receiver):
    """``receiver``: dict with the ``url`` and the signing ``secret`` of the local receiver."""
    company = env.ref("base.main_company")
    company.write({"name": "Brightwater Trading"})
    company.partner_id.write(
        {"street": "14 Quay Street", "city": "Port Haven", "zip": "40210", "email": "office@brightwater.example"}
    )
    if not company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
    load_people(env)
    for name, vat in CUSTOMERS:
        env["res.partner"].create({"name": name, "vat": vat, "is_company": True, "customer_rank": 1})
    for name, vat in SUPPLIERS:
        env["res.partner"].create({"name": name, "vat": vat, "is_company": True, "supplier_rank": 1})
    for name, price in PRODUCTS:
        env["product.product"].create({"name": name, "list_price": price})
    make_connector(env, receiver)


def load_people(env):
    """Load the demo users of the base addon: the database itself has no demo data, which brings far more."""
    path = "audit_connector_base", "demo/res_users_demo.xml"
    optional = {"mode": "init", "noupdate": True}
    known = inspect.signature(convert_file).parameters
    convert_file(env, *path, idref={}, **{name: value for name, value in optional.items() if name in known})


def make_connector(env, receiver):
    connector = env["audit.connector"].create(
        {
            "name": "Tax archive",
            "url": receiver["url"],
            "allowed_destinations": receiver["url"].split("/")[2],
            "signing_secret": receiver["secret"],
            "user_id": env.ref("audit_connector_base.user_administrator").id,
            "timeout": 10,
        }
    )
    env["audit.subscription"].create(
        {
            "connector_id": connector.id,
            "event_type_ids": [Command.set(env.ref("audit_connector_base.event_type_invoice_posted").ids)],
        }
    )


make_company(env, json.loads(os.environ["DEMO_RECEIVER"]))  # noqa: F821 — given by the shell that runs this
env.cr.commit()  # noqa: F821
