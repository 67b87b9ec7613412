from . import (
    account_payment,
    account_payment_held,
    entry_of_payment,
    exception_of_payment,
    payment_hold,
    payment_status,
    payment_status_movements,
    payment_status_reports,
    payment_status_returns,
    register_payment,
    res_partner,
    source_payment_status,
)
