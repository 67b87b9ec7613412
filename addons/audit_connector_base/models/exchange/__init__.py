from . import attempt, delivery, drain, event, event_type, subscription, wake
