from contextlib import contextmanager

from odoo import SUPERUSER_ID, api
from odoo.sql_db import Cursor

SETTINGS = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; SET LOCAL jit = off"


@contextmanager
def short_transaction(registry, durable=True):
    """Environment of the superuser on a cursor of its own, READ COMMITTED, committed at the end of the block.

    Odoo's own transactions are REPEATABLE READ: a claim made there sees the rows as they were when the job began and
    conflicts with every other run. Test cursors share the test's transaction and keep its level.

    Its statements read a few rows out of many. PostgreSQL, which expects them to read them all, would compile them
    first, which takes a hundred times as long as they do.

    :param durable: False for what may be lost when the server crashes: its end does not wait for the disk
    """
    with registry.cursor() as cr:
        if isinstance(cr, Cursor):
            cr.execute(SETTINGS if durable else SETTINGS + "; SET LOCAL synchronous_commit = off")
        yield api.Environment(cr, SUPERUSER_ID, {})
