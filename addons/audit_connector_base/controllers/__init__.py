from . import description, entities, inbound, machine, token
