from . import company_bound, configuration, reauthentication
