from . import models, adapters
from .hooks import uninstall_hook
