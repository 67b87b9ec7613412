from . import inbound, machine
