from . import adapter, authority_rule, connector, credential, external_id, http_exchange, http_login, inbound, secrets, trial
