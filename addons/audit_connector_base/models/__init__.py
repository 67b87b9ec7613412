from . import connector, document_name, document_trail, exchange, log, res_config_settings, source
