from . import approvers, own_defaults, text_export

# isort: split
from . import company_bound, configuration, reauthentication, two_persons  # the first stands on what is above
