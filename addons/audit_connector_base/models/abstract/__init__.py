from . import approvers, keeps_attachments, own_defaults, shared_with_auditor, text_export

# isort: split
from . import company_bound  # stands on what is above

# isort: split
from . import configuration, kept_by_odoo, kept_file, reauthentication, refusal, two_persons
