from . import adapters, controllers, handlers, models
from .hooks import uninstall_hook
