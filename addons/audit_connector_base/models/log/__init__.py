from . import entry, tested
