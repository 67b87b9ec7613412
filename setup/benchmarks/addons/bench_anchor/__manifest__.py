{
    "name": "Anchors of the Benchmarks",
    "summary": "What our exchange is measured against; for benchmarks only",
    "version": "17.0.1.0.0",
    "author": "Odoo Audit Suite contributors",
    "license": "LGPL-3",
    "depends": ["queue_job"],
    "installable": True,
}
