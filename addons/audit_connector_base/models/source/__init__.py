from ...compat import SERIES
from . import source  # the family comes before its members

# isort: split
from . import (
    account,
    account_account,
    account_move,
    account_partial_reconcile,
    account_payment,
    attachment,
    control_result,
    invoice,
    ir_attachment,
    journal_entry,
    payment,
    period_lock,
    res_company,
    res_partner,
    res_partner_bank,
    supplier,
)

if SERIES >= 19:
    from . import lock_exception
