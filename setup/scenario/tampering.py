"""Change what the log says of an invoice, as a database administrator can. Runs inside Odoo on a copy of the database.

Given the number of the invoice: somebody else is made out to have posted it, in the
recorded bytes and in what is shown of them.
"""

import sys

(number,) = sys.argv[1:]
cr = env.cr  # noqa: F821 - given by odoo shell
invoice = env["account.move"].search([("name", "=", number)], limit=1)  # noqa: F821
cr.execute(
    """
    SELECT f.log_id, f.index, e.id, e.entry FROM audit_log_entry e JOIN audit_log_leaf f ON f.entry_id = e.id
     WHERE e.res_model = 'account.move' AND e.res_id = %s AND e.kind = 'event.written' ORDER BY f.index LIMIT 1
    """,
    [invoice.id],
)
log_id, index, entry_id, entry = cr.fetchone()
actor = env["audit.log.entry"].browse(entry_id).actor  # noqa: F821
changed = bytes(entry).replace(b'"actor":"%s"' % actor.encode(), b'"actor":"user/1"')
cr.execute("ALTER TABLE audit_log_entry DISABLE TRIGGER USER")
cr.execute("UPDATE audit_log_entry SET actor = 'user/1', entry = %s WHERE id = %s", [changed, entry_id])
cr.execute("ALTER TABLE audit_log_entry ENABLE TRIGGER USER")
cr.commit()

verification = env["audit.log"].browse(log_id)._begin_verification()  # noqa: F821
cr.commit()
verification._work()
env.invalidate_all()  # noqa: F821
export = env["audit.log.export"].create({"log_id": log_id, "with_content": True, "reason": "Tampered"})  # noqa: F821
export.action_export()
export._make()
cr.commit()
result = {
    "state": verification.state,
    "explanation": verification.explanation,
    "index": index,
    "export": str(export._path()),
}
