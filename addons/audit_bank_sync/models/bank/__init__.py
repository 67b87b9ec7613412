from . import provider  # the family comes before its members

# isort: split
from . import (
    account,
    account_budget,
    api_provider,
    connection,
    consent,
    consent_notice,
    consent_return,
    entry_of_bank,
    file,
    file_line,
    mapping,
    sighting,
    transaction,
    window,
)
