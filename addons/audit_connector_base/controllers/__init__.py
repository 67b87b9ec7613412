from . import contracts, description, entities, inbound, machine, token
