from . import answer_take, bank_import, bank_import_account, bank_past_period
