"""Make the demonstration company. Runs inside Odoo (``env`` is given) with the receiver's address and secret.

Brightwater Trading has a chart of accounts, customers, suppliers and products, the people of the addons' demo data,
and one connector: the local receiver that plays a tax archive.
"""

import inspect
import sys

from odoo import Command
from odoo.tools import convert_file

CUSTOMERS = [
    ("Hafenkontor Bremen GmbH", "DE136695976"),
    ("Lumière & Fils SARL", False),
    ("Northgate Clinics Ltd", False),
    ("Rossi Ceramiche S.p.A.", False),
]
CONNECTOR = "Tax archive"
SUPPLIERS = [("Papierwerk Lindau AG", False), ("Baltic Freight OÜ", False)]
PRODUCTS = [
    ("Quarterly stock count", 1450.00),
    ("Customs clearance", 385.50),
    ("Cold storage, per pallet and week", 27.40),
    ("Express handling", 96.00),
]


def make_company(env, address, secret):
    """Make everything once; afterwards only see to it that the connector leads to the receiver's ``address``."""
    connector = env["audit.connector"].with_context(active_test=False).search([("name", "=", CONNECTOR)])
    if connector:
        if connector.url != address or not connector.signing_secret_note:
            # Whoever runs the server leads it there; between people, a second one would approve it.
            connector.approved_destination = False
            connector.write({"url": address, "allowed_destinations": host_of(address), "signing_secret": secret})
        return
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
    make_connector(env, address, secret)


def load_people(env):
    """Load the demo users of the base addon: the database itself has no demo data, which brings far more."""
    known = inspect.signature(convert_file).parameters
    options = {name: value for name, value in {"mode": "init", "noupdate": True}.items() if name in known}
    convert_file(env, "audit_connector_base", "demo/res_users_demo.xml", idref={}, **options)


def make_connector(env, address, secret):
    connector = env["audit.connector"].create(
        {
            "name": CONNECTOR,
            "url": address,
            "allowed_destinations": host_of(address),
            "signing_secret": secret,
            "user_id": env.ref("audit_connector_base.user_administrator").id,
            "timeout": 10,
        }
    )
    posted = env.ref("audit_connector_base.event_type_invoice_posted")
    env["audit.subscription"].create({"connector_id": connector.id, "event_type_ids": [Command.set(posted.ids)]})


def host_of(address):
    return address.split("/")[2]


make_company(env, *sys.argv[1:])  # noqa: F821 - given by the shell that runs this
