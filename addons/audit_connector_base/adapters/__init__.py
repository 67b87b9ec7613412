from . import rest, webhook
