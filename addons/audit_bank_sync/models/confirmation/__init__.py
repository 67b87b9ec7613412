from . import (
    account_journal,
    answer,
    answer_file,
    bank_signer,
    confirmation,
    confirmation_line,
    source_bank_confirmation,
)

# isort: split
from . import (  # stand on what is above
    access_of_auditor,
    accounts_asked,
    confirmation_fetched,
    confirmation_steps,
    reconciliation_of_confirmation,
)
