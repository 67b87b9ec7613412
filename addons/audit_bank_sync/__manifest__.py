{
    "name": "Audit Bank Sync",
    "summary": "Foundation for bank connections, statements and confirmations",
    "version": "17.0.1.0.0",
    "category": "Accounting/Audit",
    "author": "Odoo Audit Suite contributors",
    "license": "LGPL-3",
    "depends": ["audit_connector_base"],
    "installable": True,
}
