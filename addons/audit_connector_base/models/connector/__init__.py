from . import adapter, connector, credential, external_id, http_exchange, secrets
