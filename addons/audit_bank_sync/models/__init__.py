from . import bank, confirmation, matching, payment, statement
