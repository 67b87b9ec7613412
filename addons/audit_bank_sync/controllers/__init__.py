from . import bank_notice, bank_return, files, portal
