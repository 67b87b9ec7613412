from . import sender
