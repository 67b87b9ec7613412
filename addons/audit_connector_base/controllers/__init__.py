from . import contracts, inbound, machine
