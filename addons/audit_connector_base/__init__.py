from . import adapters, controllers, handlers, models, wizards
from .hooks import uninstall_hook
