from . import attempt, delivery, drain, event, event_type, subscription, wake
from . import inbound_gateway, inbound_handler, inbound_message, inbound_process, inbound_receive, inbound_refusal
from . import inbound_wake, inbound_work
