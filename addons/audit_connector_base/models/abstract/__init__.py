from . import configuration, reauthentication
