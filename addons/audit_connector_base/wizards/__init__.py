from . import cancel, replay
