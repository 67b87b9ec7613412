from . import bank_notice, bank_return
