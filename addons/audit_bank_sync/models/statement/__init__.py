from . import (
    bank_statement,
    entry_of_bank,
    exception_of_bank,
    reconciliation,
    reconciliation_line,
    source_bank_break,
    standing,
)

# isort: split
from . import difference_signed, reconciliation_spreadsheet  # stand on what is above
