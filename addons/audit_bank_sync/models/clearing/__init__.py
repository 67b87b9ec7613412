from . import mapping, payout, settlement

# isort: split
from . import clearing_account  # stands on what is above
