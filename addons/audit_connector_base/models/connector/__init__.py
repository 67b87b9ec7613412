from . import adapter, connector, credential
