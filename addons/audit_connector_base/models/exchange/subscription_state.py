"""What the subscriptions are, as one value that changes with them.

Each change in any of the tables that say so puts another value into the only row, which is therefore visible to
whoever sees the change, and to nobody else.
"""

from psycopg2.sql import SQL, Identifier

LOOK = "SELECT state FROM audit_subscription_state"
STATE = """
CREATE TABLE IF NOT EXISTS audit_subscription_state (state uuid NOT NULL);
INSERT INTO audit_subscription_state SELECT gen_random_uuid() WHERE NOT EXISTS (SELECT 1 FROM audit_subscription_state);
CREATE OR REPLACE FUNCTION audit_subscription_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE audit_subscription_state SET state = gen_random_uuid();
    RETURN NULL;
END $$;
"""
WATCH = SQL(
    """
CREATE OR REPLACE TRIGGER {trigger} AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION audit_subscription_changed();
"""
)


def watch(cr, *watched):
    """Have whoever posts look again for subscriptions when one of the tables was changed."""
    cr.execute(STATE)
    for table in watched:
        statement = WATCH.format(trigger=Identifier(table + "_state"), table=Identifier(table))
        cr.execute(statement)  # pylint: disable=sql-injection
