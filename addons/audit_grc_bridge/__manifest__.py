{
    "name": "Audit GRC Bridge",
    "summary": "Foundation for controls, their tests and findings",
    "version": "17.0.1.0.0",
    "category": "Accounting/Audit",
    "author": "Odoo Audit Suite contributors",
    "license": "LGPL-3",
    "depends": ["audit_connector_base", "audit_evidence"],
    "installable": True,
}
