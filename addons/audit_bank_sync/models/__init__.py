from . import bank, matching, payment, statement

# isort: split
from . import clearing, confirmation  # raise what differs, and explain it by the statements

# isort: split
from . import retention
