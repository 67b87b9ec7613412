from . import connector, exchange, log, res_config_settings, source
