from . import cancel, host_key, replay
