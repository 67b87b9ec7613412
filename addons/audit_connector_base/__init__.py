from . import adapters, controllers, handlers, log_redaction, models, wizards
from .hooks import uninstall_hook

log_redaction.install()
