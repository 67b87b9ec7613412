{
    "name": "Audit Evidence",
    "summary": "Engagements, requests and evidence of an audit, with a portal for the auditor",
    "version": "17.0.1.0.0",
    "category": "Accounting/Audit",
    "author": "Odoo Audit Suite contributors",
    "license": "LGPL-3",
    "depends": ["audit_connector_base"],
    "data": ["views/portal_templates.xml"],
    "installable": True,
}
