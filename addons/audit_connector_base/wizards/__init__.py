from . import host_key
