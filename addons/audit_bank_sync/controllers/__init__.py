from . import bank_return
