from psycopg2.sql import SQL, Identifier

from .common import AuditCase

APPROVER = "audit_connector_base.group_audit_approver"
TIMES = {
    "audit_log_entry": "time",
    "audit_event": "time",
    "audit_delivery_attempt": "started_at",
    "audit_inbound_message": "received_at",
    "audit_api_answer": "answered_at",
    "queue_job": "date_created",
}


class RetentionCase(AuditCase):
    """A company that exchanged something a year ago, and two people who may erase it together."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.approver = cls._user("app", APPROVER, "account.group_account_invoice")
        cls.second_approver = cls._user("app2", APPROVER)
        cls.Run = cls.env["audit.retention.run"]
        cls.Hold = cls.env["audit.retention.hold"]

    def _policy(self, kind="everything", **values):
        return self.env["audit.retention.policy"].create({"kind": kind, "keep_days": 90, **values})

    def _age(self, days=365):
        """Let everything that was recorded so far be older, past the triggers, as only the owner of a table can."""
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE audit_log_entry DISABLE TRIGGER USER")
        for table, column in TIMES.items():
            names = {"table": Identifier(table), "column": Identifier(column)}
            older = SQL("UPDATE {table} SET {column} = {column} - %s * interval '1 day'").format(**names)
            self.env.cr.execute(older, [days])
        self.env.cr.execute("ALTER TABLE audit_log_entry ENABLE TRIGGER USER")
        self.env.invalidate_all()

    def _old_invoice(self, **values):
        invoice = self._invoice(post=True, **values)
        self._age()
        return invoice

    def _run(self, user=None, **values):
        run = self.Run.with_user(user or self.administrator).create(values)
        self.env.flush_all()
        return run

    def _approved(self, run, user=None):
        run.with_user(self.administrator).action_ask()
        self.press(run.with_user(user or self.approver).action_approve)
        run.invalidate_recordset()
        return run

    def _erased(self, **values):
        """A run that was approved and worked off."""
        run = self._approved(self._run(**values))
        self._work_off(run)
        return run

    def _work_off(self, run):
        while run.sudo().state == "running":
            run._work()
            self.env.flush_all()
            self.env.invalidate_all()

    def _contents(self, record):
        """The contents in the log about a record that are still there."""
        self.env.cr.execute(
            """
            SELECT count(*) FROM audit_log_payload p JOIN audit_log_entry e ON e.id = p.entry_id
             WHERE e.res_model = %s AND e.res_id = %s AND p.payload IS NOT NULL
            """,
            [record._name, record.id],
        )
        return self.env.cr.fetchone()[0]

    def _line(self, run, kind="log", entity=False):
        return run.sudo().line_ids.filtered(lambda line: (line.kind, line.entity or False) == (kind, entity))
