"""What the matching is given of a company, read by a few statements: it grows with the rows and nothing else."""

from typing import NamedTuple

from ...core.matching.currencies import Rates
from ...core.matching.internal import Own
from ...core.matching.learning import Learned, Lesson
from ...core.matching.values import BankLine, Discount, OpenItem, Partner
from .bank_details import details_of
from .money import minor

# What is open of a line stands on its suspense account, also when a part of it was matched before.
LINES = """
SELECT line.id, move.date, line.amount, line.amount_currency, own.name, other.name, line.payment_ref, move.ref,
       COALESCE(partner.commercial_partner_id, line.partner_id), COALESCE(NULLIF(line.partner_name, ''), partner.name),
       line.account_number, -sum(suspense.amount_currency), journal.id, bank.sanitized_acc_number
  FROM account_bank_statement_line line
  JOIN account_move move ON move.id = line.move_id
  JOIN account_journal journal ON journal.id = move.journal_id
  JOIN account_move_line suspense ON suspense.move_id = move.id AND suspense.account_id = journal.suspense_account_id
  JOIN res_currency own ON own.id = line.currency_id
  LEFT JOIN res_currency other ON other.id = line.foreign_currency_id
  LEFT JOIN res_partner partner ON partner.id = line.partner_id
  LEFT JOIN res_partner_bank bank ON bank.id = journal.bank_account_id
 WHERE move.company_id = %(company)s AND move.state = 'posted' AND line.is_reconciled IS NOT TRUE
   AND (%(ids)s::int[] IS NULL OR line.id = ANY(%(ids)s))
 GROUP BY line.id, move.id, own.id, other.id, partner.id, journal.id, bank.id
HAVING count(*) = 1
 ORDER BY line.id
"""

# Open receivables and payables, and what payments that were registered wait for on their own accounts; what stands on
# the account for internal transfers waits for the other payment, not for a bank.
ITEMS = """
SELECT item.id, item.partner_id, item.amount_residual_currency, item.amount_currency, currency.name,
       COALESCE(move.invoice_date, item.date), COALESCE(item.date_maturity, item.date), move.name,
       move.payment_reference, move.ref, item.name, item.discount_date, item.discount_amount_currency,
       payment.audit_end_to_end_id, payment.audit_batch_id, payment.audit_mandate_id, payment.audit_instruction_id,
       journal.id, bank.sanitized_acc_number,
       payment.id IS NOT NULL AND account.id IS DISTINCT FROM company.transfer_account_id AND EXISTS (
            SELECT 1 FROM account_move_line other
             WHERE other.move_id = move.id AND other.account_id = company.transfer_account_id)
  FROM account_move_line item
  JOIN account_move move ON move.id = item.move_id
  JOIN account_account account ON account.id = item.account_id
  JOIN res_currency currency ON currency.id = item.currency_id
  JOIN res_company company ON company.id = item.company_id
  JOIN account_journal journal ON journal.id = move.journal_id
  LEFT JOIN res_partner_bank bank ON bank.id = journal.bank_account_id
  LEFT JOIN account_payment payment ON payment.id = item.payment_id
 WHERE item.company_id = %(company)s AND (%(ids)s::int[] IS NULL OR item.id = ANY(%(ids)s))
   AND item.parent_state = 'posted' AND item.reconciled IS NOT TRUE
   AND item.amount_residual_currency <> 0 AND account.reconcile
   AND (account.account_type IN ('asset_receivable', 'liability_payable')) = (item.payment_id IS NULL)
   AND move.statement_line_id IS NULL
   AND (account.id IS DISTINCT FROM company.transfer_account_id OR payment.outstanding_account_id = account.id)
 ORDER BY item.id
"""

PARTNERS = """
SELECT partner.id, partner.name, partner.commercial_company_name, array_agg(bank.sanitized_acc_number)
  FROM res_partner partner
  LEFT JOIN res_partner person ON person.commercial_partner_id = partner.id
  LEFT JOIN res_partner_bank bank ON bank.partner_id IN (partner.id, person.id) AND bank.active
        AND (bank.company_id IS NULL OR bank.company_id = %s)
 WHERE partner.id = ANY(%s)
 GROUP BY partner.id
"""

# As Odoo reads them: from the first rate of its own on, those for all companies do not count for a company; and what
# the company's own currency has as a rate is what the others are measured by.
RATES = """
WITH known AS (
    SELECT rate.currency_id, rate.name AS day, rate.rate
      FROM res_currency_rate rate
     WHERE rate.rate > 0
       AND (rate.company_id = %(company)s OR rate.company_id IS NULL AND NOT EXISTS (
            SELECT 1 FROM res_currency_rate ours
             WHERE ours.currency_id = rate.currency_id AND ours.company_id = %(company)s AND ours.name <= rate.name))
)
SELECT currency.name, known.day, known.rate / COALESCE((
       SELECT own.rate FROM known own
        WHERE own.currency_id = %(own)s AND own.day <= known.day ORDER BY own.day DESC LIMIT 1), 1)
  FROM known JOIN res_currency currency ON currency.id = known.currency_id
 WHERE known.currency_id <> %(own)s
"""

LESSONS = "SELECT kind, key, partner_id, count(*) FROM audit_match_lesson WHERE company_id = %s GROUP BY 1, 2, 3"


class Collected(NamedTuple):
    """The arguments of ``core.matching.engine.match`` of one company."""

    lines: list
    items: list
    partners: list
    own: Own
    rates: Rates
    learned: Learned


def collected(env, company):
    """Return what is open of ``company``, a record. Past the rules of access: the caller has checked the company."""
    lines, items = bank_lines(env, company), open_items(env, company)
    found = {item.partner_id for item in items if item.partner_id}
    env.cr.execute(PARTNERS, [company.id, list(found)])
    partners = [
        Partner(one, tuple(filter(None, (name, trade_name))), tuple(filter(None, accounts)))
        for one, name, trade_name, accounts in env.cr.fetchall()
    ]
    journals = env["account.journal"].sudo().search([("company_id", "=", company.id), ("bank_account_id", "!=", False)])
    own = Own(tuple(journals.bank_account_id.mapped("sanitized_acc_number")), (company.name,))
    rates = _rates(env, company)
    env.cr.execute(LESSONS, [company.id])
    learned = Learned((Lesson(kind, key, partner), times) for kind, key, partner, times in env.cr.fetchall())
    return Collected(lines, items, partners, own, rates, learned)


def _rates(env, company):
    env["res.currency.rate"].flush_model()
    env.cr.execute(RATES, {"company": company.root_id.id, "own": company.currency_id.id})
    return Rates([(company.currency_id.name, name, day, repr(rate)) for name, day, rate in env.cr.fetchall()])


def bank_lines(env, company, ids=None):
    """Return the open bank lines as ``BankLine`` values, all of them or those of ``ids``."""
    env.flush_all()
    env.cr.execute(LINES, {"company": company.id, "ids": ids})
    rows = env.cr.fetchall()
    details = details_of(env, [row[0] for row in rows])
    return [_line(row, details.get(row[0], {})) for row in rows]


def open_items(env, company, ids=None):
    """Return the open items as ``OpenItem`` values, all of them or those of ``ids``."""
    env.flush_all()
    env.cr.execute(ITEMS, {"company": company.id, "ids": ids})
    return [_item(row) for row in env.cr.fetchall()]


def open_amount(amount, foreign_amount, left, currency, foreign_currency):
    """Return what is left of a line in its own currency, in smallest units.

    ``left`` is what stands on the suspense account, in the foreign currency where the line has one.
    """
    if not foreign_currency or foreign_currency == currency:
        return minor(left, currency)
    share = left / foreign_amount if foreign_amount else 0.0
    return minor(amount * share, currency)


def _account_key(journal, number):
    """What names an own account: its number, where its journal has one."""
    return number or "JOURNAL%d" % journal


def _line(row, details):
    (line, day, amount, foreign_amount, currency, foreign, label, reference, partner, name, account, left, journal,
     own_account) = row  # fmt: skip
    values = {
        "id": line, "account": _account_key(journal, own_account), "currency": currency, "booked_on": day,
        "amount": open_amount(amount, foreign_amount, left, currency, foreign),
        "text": " ".join(dict.fromkeys(filter(None, (label, reference)))), "partner_id": partner,
        "counterparty_name": name or "", "counterparty_iban": account or "",
    }  # fmt: skip
    own_original = foreign and foreign != currency
    if own_original or values["amount"] != minor(amount, currency):
        # The bank told what was instructed for the whole line.
        details = {name: value for name, value in details.items() if not name.startswith("original_")}
    if own_original:
        values.update(original_amount=minor(left, foreign), original_currency=foreign)
    return BankLine(**{**values, **details})


def _item(row):
    (item, partner, left, amount, currency, dated_on, due_on, number, payment_reference, reference, label, discount_on,
     discounted, end_to_end, batch, mandate, instruction, journal, own_account, is_transfer) = row  # fmt: skip
    discounts = ()
    # A discount is for who pays all at once.
    if discount_on and discounted and minor(left, currency) == minor(amount, currency):
        less = minor(amount - discounted, currency)
        discounts = (Discount(less, discount_on),) if less else ()
    references = tuple(dict.fromkeys(text for text in (payment_reference, reference, label) if text and text != number))
    # A transfer between own accounts is with nobody, and teaches nothing about whoever stands on it.
    partner = None if is_transfer else partner
    return OpenItem(
        id=item, partner_id=partner, amount=minor(left, currency), currency=currency, dated_on=dated_on, due_on=due_on,
        number=number or "", references=references, discounts=discounts, end_to_end_id=end_to_end or "",
        batch_reference=batch or "", mandate_id=mandate or "", sequence=instruction or "",
        own_account=_account_key(journal, own_account) if is_transfer else "",
    )  # fmt: skip
