from . import portal_entry
