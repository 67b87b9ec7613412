from . import bare, bare_reading, sender
