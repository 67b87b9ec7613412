from .models.log import tables

FUNCTIONS = (*tables.FUNCTIONS, "audit_subscription_changed")


def uninstall_hook(env):
    """Drop what the ORM does not know of: the trigger functions and the tables beside its entries.

    The log table itself goes with its model. CASCADE takes the triggers along. Jobs that have not started would fail
    for want of their model.
    """
    env.cr.execute("DELETE FROM queue_job WHERE model_name LIKE 'audit.%' AND state IN ('pending', 'enqueued')")
    for function in FUNCTIONS:
        env.cr.execute("DROP FUNCTION IF EXISTS %s CASCADE" % function)
    for table in tables.OWN_TABLES:
        env.cr.execute("DROP TABLE IF EXISTS %s" % table)
    env.cr.execute("DROP TABLE IF EXISTS audit_backfill_todo, audit_retention_listed, audit_subscription_state")
    env.cr.execute("DROP TABLE IF EXISTS audit_api_usage, audit_api_statement, audit_api_slowdown")
    env.cr.execute("DROP INDEX IF EXISTS queue_job_audit_wake_idx")
