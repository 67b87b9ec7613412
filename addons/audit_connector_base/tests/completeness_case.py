from contextlib import contextmanager

from psycopg2.sql import SQL, Identifier

from .log_case import LogCase


class GapCase(LogCase):
    """What people with the rights of a database administrator do, and what the daily comparison says of it."""

    def _look(self):
        with self.second_cursor():
            self.env["audit.log"]._look_for_gaps()
        return self.env["audit.exception"].search([("kind", "=", "log"), ("company_id", "=", self.company.id)])

    def _forget(self, where, *values):
        """Take entries out of the log with all that tells of them, as if they had never been written."""
        self.env.flush_all()
        self.env.cr.execute(SQL("SELECT id FROM audit_log_entry WHERE ") + SQL(where), values)
        ids = [row[0] for row in self.env.cr.fetchall()]
        self.env.cr.execute("DELETE FROM audit_log_pending WHERE entry_id = ANY(%s)", [ids])
        self.tamper("audit_log_entry", "DELETE FROM audit_log_entry WHERE id = ANY(%s)", ids)

    def _hours_ago(self, table, column):
        names = {"table": Identifier(table), "column": Identifier(column)}
        self.tamper(table, SQL("UPDATE {table} SET {column} = {column} - interval '3 hours'").format(**names))

    @contextmanager
    def _undone(self, **what):
        """One of several things that somebody may do to the same records, undone afterwards."""
        with self.subTest(**what), self.env.cr.savepoint() as savepoint:
            try:
                yield
            finally:
                savepoint.rollback()
                self.env.invalidate_all()

    def _post_past_odoo(self, invoice):
        """Let a draft be posted, as somebody would do it in the database."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move SET state = 'posted', name = 'INV/FORGED', create_date = now() WHERE id = %s",
            [invoice.id],
        )
        self.env.cr.execute("UPDATE audit_event_type SET create_date = now() - interval '1 day'")
        self.env.invalidate_all()

    def _paid(self):
        payment = self.env["account.payment"].create(
            {"payment_type": "inbound", "partner_id": self.partner.id, "amount": 12, "date": "2026-03-31"}
        )
        payment.action_post()
        return payment
