from . import adapter, connector, credential, external_id, http_exchange, http_login, secrets, trial
