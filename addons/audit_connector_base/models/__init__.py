from . import connector, exchange, log, operation, res_config_settings, source
