from . import adapters, models, wizards
from .hooks import uninstall_hook
