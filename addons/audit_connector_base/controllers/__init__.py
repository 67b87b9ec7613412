from . import contracts, description, entities, inbound, log, machine, token
