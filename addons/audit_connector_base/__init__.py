from . import adapters, controllers, handlers, log_redaction, models, wizards
from .hooks import pre_init_hook, uninstall_hook

log_redaction.install()
