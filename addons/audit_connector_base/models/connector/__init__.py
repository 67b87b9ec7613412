from . import adapter, credential, connector
