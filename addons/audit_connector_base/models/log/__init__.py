from . import entry, inbound_entry, tested
