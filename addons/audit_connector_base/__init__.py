from . import adapters, models
from .hooks import uninstall_hook
