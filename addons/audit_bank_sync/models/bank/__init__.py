from . import preview, provider  # what others stand on

# isort: split
from . import account, connection, consent, file, file_line, mapping, sighting, statement_line, transaction, window

# isort: split
from . import (
    after_import,
    bank_transaction_source,
    deciding,
    entry_of_bank,
    event_type,
    exception_of_bank,
    fetching,
    file_archive,
    file_import,
    file_mapping,
    file_screen,
    gap,
    overview,
    posting,
    posting_by_rule,
    posting_rights,
    settling,
    statement,
    transaction_locked,
    window_pages,
)

# isort: split
# what interfaces add; the budget decides after `fetching` when an account is due
from . import account_budget, past_period

# isort: split
from . import account_notice, api_provider, consent_notice, consent_return
