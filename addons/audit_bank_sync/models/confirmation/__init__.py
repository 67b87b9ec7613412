from . import answer, answer_file, confirmation, confirmation_line, ir_attachment, source_bank_confirmation

# isort: split
from . import access_of_auditor, confirmation_steps, reconciliation_of_confirmation  # stand on what is above
