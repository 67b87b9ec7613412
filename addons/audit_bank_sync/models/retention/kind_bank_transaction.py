from odoo import _, api, models

# Of a transaction `t` with its line `l` in the books: the bank, the books or a person are not done with it.
NEEDED = """
(t.state IN ('pending', 'intraday') OR t.posting_state IN ('waiting', 'doubt')
 OR l.id IS NOT NULL AND l.is_reconciled IS NOT TRUE
 OR t.id IN (SELECT again.looks_like_id FROM audit_bank_transaction again
              WHERE again.company_id = %(company)s AND again.posting_state = 'doubt'
                AND again.looks_like_id IS NOT NULL))
"""
# Columns of a transaction that name a person or are free text, in which one may be named.
PERSONAL = ("counterparty", "counterparty_account", "counterparty_bank", "remittance")
ENTITY = """
   AND (%(entities)s::varchar[] IS NULL OR 'bank_transaction' = ANY(%(entities)s))
   AND (%(others)s::varchar[] IS NULL OR 'bank_transaction' <> ALL(%(others)s))
"""


class AuditRetentionKindBankTransaction(models.AbstractModel):
    """All that a bank said of a movement: its own text, the details, the other party and the purpose, and what it said
    before and said differently.

    What is booked is a record of the books, for whose keeping the law sets the time: the line in the books stays as it
    is, with partner, name, account and purpose, and no policy reaches it. The transaction keeps what tells of no person
    by itself and what it is found and recognised by: day, amount, kind, the references of both sides. What waits to be
    booked, confirmed or matched is needed whole.
    """

    _name = "audit.retention.kind.bank_transaction"
    _inherit = "audit.retention.kind"
    _description = "What Banks Said in Full"
    _record_model = "audit.bank.transaction"

    @api.model
    def _label(self):
        return _("What banks said in full")

    @api.model
    def _goes(self):
        return _(
            "The bank's own text and details go, and so do name, account and bank of the other party, the purpose, and "
            "what the bank said of it before. Day, amount, kind and references stay. So does the line in the books "
            "with its partner, name, account and purpose: what is booked is kept as long as the books."
        )

    @api.model
    def _found(self):
        """About the journal entry where it was booked, else about itself."""
        said = " || ".join("coalesce(t.%s, '')" % column for column in PERSONAL)
        return """
            SELECT t.id, t.seen_at AS at, t.company_id,
                   CASE WHEN l.id IS NULL THEN 'audit.bank.transaction' ELSE 'account.move' END::varchar AS res_model,
                   coalesce(l.move_id, t.id) AS res_id,
                   coalesce(octet_length(t.raw), 0) + coalesce(octet_length(t.details::text), 0) + octet_length(SAID)
                       + coalesce(told.size, 0) AS size,
                   NEEDED AS busy
              FROM audit_bank_transaction t
              LEFT JOIN account_bank_statement_line l ON l.id = t.statement_line_id
              LEFT JOIN (
                   SELECT s.transaction_id, sum(coalesce(octet_length(s.former::text), 0)
                                                + coalesce(octet_length(s.seen::text), 0)) AS size
                     FROM audit_bank_sighting s WHERE s.former IS NOT NULL OR s.seen IS NOT NULL
                    GROUP BY s.transaction_id) told ON told.transaction_id = t.id
             WHERE t.company_id = %(company)s AND t.seen_at < %(before)s
               AND (t.raw IS NOT NULL OR t.details IS NOT NULL OR SAID <> '' OR told.size IS NOT NULL) ENTITY
        """.replace("NEEDED", NEEDED).replace("ENTITY", ENTITY).replace("SAID", said)

    @api.model
    def _empty(self, ids, erased_by):
        """A repeat is still recognised by day, amount and references; by the name and the words it no longer is.

        It counts as a change, so that programs that read transactions learn of it.
        """
        blank = ", ".join("%s = NULL" % column for column in ("raw", "details", *PERSONAL))
        self.env.cr.execute(
            """
            UPDATE audit_bank_transaction
               SET BLANK, keys = keys - 'who' - 'text', erased_by = %s, write_date = now() AT TIME ZONE 'UTC'
             WHERE id = ANY(%s)
            """.replace("BLANK", blank),
            [erased_by, ids],
        )
        self.env.cr.execute(
            "UPDATE audit_bank_sighting SET former = NULL, seen = NULL WHERE transaction_id = ANY(%s)", [ids]
        )
        for name in ("audit.bank.transaction", "audit.bank.sighting"):
            self.env[name].invalidate_model()
