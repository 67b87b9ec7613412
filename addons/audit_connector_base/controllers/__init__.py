from . import contracts, cosignature, database_choice, description, entities, inbound, log, machine, token
