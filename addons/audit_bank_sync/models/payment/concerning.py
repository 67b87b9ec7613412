"""Which bank transactions can say anything about payments of ours, asked of the database before any is read.

Most of what comes in was sent by others: of a statement with thousands of entries a handful is left.
"""

from ...core.payment_movements import RETURN_CODES

# What came back is looked at in any case, see ``core.payment_movements``; what was not, only by a reference of ours.
CAME_BACK = " || ".join(
    (
        "exists($.reversal ? (@ == true))",
        "exists($.details[*].returned)",
        *(
            'exists(%s.code.subfamily ? (@ == "%s"))' % (of, code)
            for of in ("$", "$.details[*]")
            for code in sorted(RETURN_CODES)
        ),
    )
)
CONCERNING = """
WITH ours AS MATERIALIZED (
    SELECT audit_end_to_end_id AS reference FROM account_payment WHERE audit_end_to_end_id IS NOT NULL
     UNION SELECT audit_instruction_id FROM account_payment WHERE audit_instruction_id IS NOT NULL
     UNION SELECT audit_batch_id FROM account_payment WHERE audit_batch_id IS NOT NULL
     UNION SELECT audit_message_id FROM account_payment WHERE audit_message_id IS NOT NULL
     UNION SELECT end_to_end_id FROM audit_payment_status WHERE end_to_end_id IS NOT NULL
), told AS MATERIALIZED (
    SELECT id, details FROM audit_bank_transaction WHERE id = ANY(%(ids)s) AND details IS NOT NULL
)
SELECT id FROM told WHERE jsonb_path_match(details, %(came_back)s)
 UNION
SELECT id
  FROM told,
       LATERAL (
            SELECT jsonb_path_query(details, '$.details[*].references.*') #>> '{}' AS reference
             UNION ALL SELECT jsonb_path_query(details, '$.batches[*].*') #>> '{}'
       ) said
  JOIN ours USING (reference)
"""


def concerning(transactions):
    """Return those of ``transactions`` (``audit.bank.transaction``) that came back or name a reference of ours."""
    env = transactions.env
    for name in ("account.payment", "audit.payment.status", "audit.bank.transaction"):
        env[name].flush_model()
    env.cr.execute(CONCERNING, {"ids": transactions.ids, "came_back": CAME_BACK})
    found = {found for (found,) in env.cr.fetchall()}
    return transactions.filtered(lambda one: one.id in found)
