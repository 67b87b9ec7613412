from odoo.exceptions import UserError

from .models.log import tables

OLDEST_POSTGRESQL = 140000  # from which on the triggers of the log are replaced in place (CREATE OR REPLACE TRIGGER)
# In English: before the addon is there, nobody's language is known here.
TOO_OLD = (
    "The audit log needs PostgreSQL 14 or newer, and this database runs on %d.%d. Have PostgreSQL upgraded, then "
    "install the app again; nothing was changed."
)
FUNCTIONS = (*tables.FUNCTIONS, "audit_subscription_changed")


def pre_init_hook(env):
    """Refuse a PostgreSQL that is too old before anything is made.

    :raises UserError: naming the version that there is
    """
    env.cr.execute("SHOW server_version_num")
    check_postgresql(int(env.cr.fetchone()[0]))


def check_postgresql(version):
    """``version``: as the server numbers it, 140005 for 14.5.

    :raises UserError: when it is older than 14
    """
    if version < OLDEST_POSTGRESQL:
        raise UserError(TOO_OLD % divmod(version, 10000))


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
