from . import adapter, connector, credential, dashboard, external_id, secrets
