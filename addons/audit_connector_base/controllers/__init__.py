from . import contracts, cosignature, description, entities, inbound, log, machine, token
