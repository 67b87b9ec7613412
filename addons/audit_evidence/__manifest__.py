{
    "name": "Audit Evidence",
    "summary": "Foundation for engagements, requests and evidence of an audit",
    "version": "17.0.1.0.0",
    "category": "Accounting/Audit",
    "author": "Odoo Audit Suite contributors",
    "license": "LGPL-3",
    "depends": ["audit_connector_base"],
    "installable": True,
}
