from . import mapping, payout, settlement, statement_line

# isort: split
from . import clearing_account  # stands on what is above
