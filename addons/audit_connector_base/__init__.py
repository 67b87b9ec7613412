from . import adapters, controllers, handlers, log_redaction, models, wizards
from .controllers import database_choice
from .hooks import pre_init_hook, uninstall_hook

log_redaction.install()
database_choice.install()
