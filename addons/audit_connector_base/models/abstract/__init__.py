from . import company_bound, configuration, reauthentication, two_persons
