from . import account_move, invoice
