from . import connector, document_name, document_trail, exchange, log, operation, res_config_settings, source
