from . import invoice, account_move
