from . import approvers, own_defaults, text_export

# isort: split
from . import company_bound  # stands on what is above

# isort: split
from . import configuration, kept_by_odoo, reauthentication, two_persons
