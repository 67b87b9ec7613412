from . import bare, sender
