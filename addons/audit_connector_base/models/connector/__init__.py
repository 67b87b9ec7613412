from . import adapter, connector, credential, external_id, secrets
