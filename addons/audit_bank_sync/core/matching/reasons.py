"""The codes of reasons, with the values that each carries. Whoever shows them makes the words from both.

Amounts among the values are smallest units of ``currency`` where that is a value too, else of the line.
"""

from .values import Reason

# What speaks for an item, or against it
END_TO_END = "end_to_end"  # value
STRUCTURED = "structured_reference"  # scheme, value
MANDATE = "mandate"  # mandate, sequence
MANDATE_ONLY = "mandate_only"  # mandate
BATCH = "batch"  # value
NUMBER = "number"  # value: the document number or other reference that the line names
NUMBER_BARE = "number_without_letters"  # value
NUMBER_TAIL = "number_tail"  # value: its last digits, of the same partner
NUMBER_SIMILAR = "number_similar"  # written, value: one sign is different
PATTERN = "learned_pattern"  # word, value, times: the partner writes its numbers behind this word
PARTNER_SET = "partner_set"
PARTNER_IBAN = "partner_iban"  # iban, shared_by
PARTNER_ALIAS = "partner_alias"  # alias, times
PARTNER_NAME = "partner_name"  # name, similarity
PARTNER_DIFFERS = "partner_differs"  # the account belongs to somebody else
REFERENCE_UNKNOWN = "reference_unknown"  # scheme, value: a valid reference that no open item has
NUMBER_UNKNOWN = "number_unknown"  # value: a number in the shape of our own that no open item has
AMOUNT_EXACT = "amount_exact"  # amount, currency
AMOUNT_FEE = "amount_less_fee"  # fee, most
AMOUNT_CHARGES = "amount_less_charges"  # charges: as the bank states them
AMOUNT_DISCOUNT = "amount_less_discount"  # discount, until, latest
AMOUNT_EXCHANGE = "amount_exchanged"  # expected, difference, most, currency of the item
AMOUNT_ORIGINAL = "amount_original"  # amount, currency: what was instructed is exact
AMOUNT_PARTIAL = "amount_partial"  # paid, open
AMOUNT_OVER = "amount_over"  # over
AMOUNT_SUM = "amount_sum"  # count, amount
AMOUNT_SHARE = "amount_share"  # count, amount: several lines together pay the item
DATE = "date"  # days: from the day due to the day booked
BEFORE_INVOICE = "before_invoice"  # days
CURRENCY_SAME = "currency_same"  # currency

# What is no payment of a partner
OWN_ACCOUNT = "own_account"  # account
OTHER_SIDE = "other_side_found"  # line, days
REGISTERED = "registered_transfer"  # number: a transfer between own accounts that was entered waits for it
OTHER_SIDE_MISSING = "other_side_missing"
OTHER_SIDE_AMBIGUOUS = "other_side_ambiguous"  # count
BANK_CODE = "bank_code"  # code
REPEATS = "repeats_line"  # line, days
SAME_BANK_REFERENCE = "same_bank_reference"  # value

# What keeps a proposal from being carried out without a person
AUTOMATIC_OFF = "automatic_off"
BELOW_THRESHOLD = "below_threshold"  # score, needed
MARGIN_SMALL = "margin_small"  # margin, needed
AMOUNT_ALONE = "amount_alone"  # nothing but the amount says so strongly enough
CONTESTED = "contested"  # line: another line may pay the same
DIFFERENCE = "difference"  # use, amount
NOT_WHOLE = "not_whole"  # a part of the line or of an item stays open
DUPLICATE_SUSPECTED = "duplicate_suspected"  # line
RETURNED = "returned"  # a payment that came back
UNDONE = "undone"  # a person took back what was matched of the line
NOT_BOOKED = "not_booked"  # why: Odoo refused to book it, in its words


def reason(code, points=0.0, /, **values):
    """Return a ``Reason``; the values keep the order in which they are given."""
    return Reason(code, round(points, 4), tuple(values.items()))
