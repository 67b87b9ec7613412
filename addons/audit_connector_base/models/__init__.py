from . import log, connector, exchange, source, res_config_settings
