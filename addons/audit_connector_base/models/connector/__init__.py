from . import adapter, authority_rule, connector, credential, external_id, inbound, secrets
