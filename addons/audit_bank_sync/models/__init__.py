from . import bank, matching, payment, statement

# isort: split
from . import confirmation  # explains what differs by the statements
