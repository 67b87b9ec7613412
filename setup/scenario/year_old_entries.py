"""Write into the log what it would hold of a year ago. Runs inside Odoo (``env`` is given) with ids of invoices.

The clock is put back for the entries, as a demonstration cannot wait: they are appended as all others, carry the mark
of the log, and are sealed like them.
"""

import sys
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.addons.audit_connector_base.core import canonical
from odoo.addons.audit_connector_base.models.log import writing

AGE = timedelta(days=400)


class YearAgo(datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) - AGE


def append_entries(env, invoices):
    """Append one entry about each invoice that says who paid it; returns their UUIDs."""
    told = [
        {
            "kind": "event.written",
            "direction": "none",
            "company_id": invoice.company_id.id,
            "res_model": invoice._name,
            "res_id": invoice.id,
            "correlation": "%032x" % invoice.id,
            "payload": canonical.dumps({"type": "invoice.posted", "customer": invoice.partner_id.name}),
        }
        for invoice in invoices
    ]
    with patch.object(writing, "datetime", YearAgo):
        uuids = env["audit.log.entry"]._append(told)
    env["audit.log"]._seal_now()  # this script ends before the seconds in which a process gathers what is to be sealed
    return uuids


result = append_entries(env, env["account.move"].browse(map(int, sys.argv[1:])))  # noqa: F821 - given by the shell
