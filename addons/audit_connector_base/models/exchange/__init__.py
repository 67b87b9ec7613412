from . import event_type, event, subscription, delivery, attempt, drain
