from odoo import _, api, fields, models

# Which of several runs on one day was the first is told by ``xmax``: it is zero where the row is new.
NOTE = """
INSERT INTO audit_credential_use (credential_id, company_id, day, used_for, actor, count, last_at)
SELECT id, company_id, %(day)s, %(used_for)s, %(actor)s, %(count)s, %(now)s
  FROM audit_credential WHERE id = ANY(%(ids)s)
 ORDER BY id
    ON CONFLICT (credential_id, day, used_for, actor) DO UPDATE
   SET count = audit_credential_use.count + EXCLUDED.count, last_at = EXCLUDED.last_at
RETURNING credential_id, xmax = 0
"""


class AuditCredentialUse(models.Model):
    """How often a secret was used on one day, for what and by whom: one row a day, added to by each run."""

    _name = "audit.credential.use"
    _inherit = "audit.company.bound"
    _description = "Audit Credential Use"
    _log_access = False
    _order = "last_at desc, id desc"
    _rec_name = "credential_id"

    credential_id = fields.Many2one("audit.credential", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    day = fields.Date(required=True, readonly=True)
    used_for = fields.Selection(
        [
            ("delivery", "Sending messages"),
            ("collection", "Collecting messages"),
            ("verification", "Verifying messages received"),
            ("test", "A test message"),
        ],
        required=True,
        readonly=True,
    )
    actor = fields.Char(required=True, readonly=True)
    actor_name = fields.Char(string="By", compute="_compute_actor_name")
    count = fields.Integer(string="Times", readonly=True)
    last_at = fields.Datetime(string="Last", required=True, readonly=True)

    _sql_constraints = [
        ("once_a_day", "UNIQUE (credential_id, day, used_for, actor)", "There is one count for each day and use."),
    ]

    @api.depends("actor")
    def _compute_actor_name(self):
        """Sudo: whoever may see the use may see who it was, though not the user record."""
        ids = {int(use.actor[5:]) for use in self if (use.actor or "").startswith("user/")}
        users = self.env["res.users"].sudo().with_context(active_test=False).search([("id", "in", list(ids))])
        names = {"user/%d" % user.id: user.name for user in users}
        for use in self:
            use.actor_name = names.get(use.actor, _("Odoo itself"))


class AuditCredential(models.Model):
    """When, by whom and how often a secret was used."""

    _inherit = "audit.credential"

    use_ids = fields.One2many("audit.credential.use", "credential_id", readonly=True)
    last_used_at = fields.Datetime(string="Last Used", compute="_compute_uses")
    use_count = fields.Integer(string="Times Used", compute="_compute_uses")

    def _compute_uses(self):
        """Read anew each time: runs write these rows past the cache."""
        self.env["audit.credential.use"].invalidate_model()
        uses = {
            credential.id: (count, last)
            for credential, count, last in self.env["audit.credential.use"]._read_group(
                [("credential_id", "in", self.ids)], ["credential_id"], ["count:sum", "last_at:max"]
            )
        }
        for credential in self:
            credential.use_count, credential.last_used_at = uses.get(credential.id, (0, False))

    def _note_use(self, used_for, actor, count):
        """Add to the counts of today, and write an entry of the log at the first use of that sort on a day.

        To be called in a short transaction of its own, because runs at the same time add to the same rows.

        :param used_for: of ``audit.credential.use``
        :param actor: as in the log
        :param count: how often; 1 where a run of collecting signed in once
        """
        now = fields.Datetime.now()
        facts = {"ids": self.ids, "day": now.date(), "now": now, "used_for": used_for, "actor": actor, "count": count}
        self.env.cr.execute(NOTE, facts)
        first = [credential_id for credential_id, new in self.env.cr.fetchall() if new]
        self.browse(first)._log("secret.used", actor=actor, used_for=used_for)
