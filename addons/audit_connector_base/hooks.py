def uninstall_hook(env):
    """Drop what the ORM does not know of: the trigger function that guards the log and the table of its payloads.

    The log table itself goes with its model. CASCADE takes the triggers along. Jobs that have not started would fail
    for want of their model.
    """
    env.cr.execute("DELETE FROM queue_job WHERE model_name LIKE 'audit.%' AND state IN ('pending', 'enqueued')")
    env.cr.execute("DROP FUNCTION IF EXISTS audit_log_refuse_change() CASCADE")
    env.cr.execute("DROP FUNCTION IF EXISTS audit_inbound_store")
    env.cr.execute("DROP TABLE IF EXISTS audit_log_payload")
    env.cr.execute("DROP TABLE IF EXISTS audit_backfill_todo")
    env.cr.execute("DROP INDEX IF EXISTS queue_job_audit_wake_idx")
