{
    "name": "Audit Bank Sync",
    "summary": "What the bank says beside the ledger: statements, status of payments, matching, confirmations",
    "version": "17.0.1.0.0",
    "category": "Accounting/Audit",
    "author": "Odoo Audit Suite contributors",
    "license": "LGPL-3",
    "depends": ["audit_connector_base"],
    "data": [
        "security/bank_rules.xml",
        "security/payment_rules.xml",
        "security/ir.model.access.csv",
        "data/audit_event_type_data.xml",
        "data/audit_contract_data.xml",
        "views/audit_payment_hold_views.xml",
        "views/account_payment_views.xml",
        "views/menus.xml",
    ],
    "assets": {
        "web.assets_backend": ["audit_bank_sync/static/src/**/*"],
        "web.assets_tests": ["audit_bank_sync/static/tests/tours/**/*"],
    },
    "installable": True,
}
