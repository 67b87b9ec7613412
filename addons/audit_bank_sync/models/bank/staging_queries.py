"""What staging asks the database, and how it writes: thousands of rows by one statement."""

from odoo.addons.audit_connector_base.core.sql_rows import RowStatement

from ...core.staging.rows import COLUMNS

NAMES = ", ".join(COLUMNS)
# What is said of an entry, and what all entries of one stretch have in common.
COPY = (
    "COPY audit_bank_transaction (id, %s, looks_like_id, looks_like_note, account_id, company_id, currency_id,"
    " window_id, seen_at, write_date) FROM STDIN" % NAMES
)
# A row with what is asked about it when the bank tells of it again.
ROW = """
SELECT t.id, t.state, posting_state, amount, date, value_date, occurrence, keys, t.window_id, w.number,
       w.file_id IS NULL OR f.posts_by_rule AS trusted,
       w.kind = 'report' AND w.file_id IS NULL AND t.state = 'booked' AS told_alone
  FROM audit_bank_transaction t
  LEFT JOIN audit_bank_window w ON w.id = t.window_id
  LEFT JOIN audit_bank_file f ON f.id = w.file_id
"""
KNOWN = """
 WHERE t.account_id = %(account)s AND amount = ANY(%(amounts)s) AND t.state <> 'information'
   AND (t.state = 'explanation') = %(explains)s
   AND posting_state <> 'merged' AND (date IS NULL OR date BETWEEN %(from)s AND %(to)s)
   AND (t.state NOT IN ('booked', 'intraday') OR date IS NULL OR amount = ANY(%(loose_amounts)s)
        OR (amount, date) IN (SELECT * FROM unnest(%(booked_amounts)s::numeric[], %(booked_days)s::date[])))
   AND NOT t.window_id = ANY(%(own)s)
"""
FRAMES = """
SELECT id, opening_balance, closing_balance
  FROM audit_bank_window
 WHERE account_id = %s AND kind = 'statement' AND state = 'fetched' AND agreement = 'agrees'
   AND closing_date BETWEEN %s AND %s
"""
# What a booking, or another set of references, changes in a row that stays the same transaction.
CHANGE = RowStatement(
    {"id": "integer", "window_id": "integer", **COLUMNS},
    """
UPDATE audit_bank_transaction t
   SET window_id = said.window_id, write_date = %%(now)s, %s
  FROM {rows}
 WHERE t.id = said.id
"""
    % ", ".join("%s = said.%s" % (name, name) for name in COLUMNS),
)
