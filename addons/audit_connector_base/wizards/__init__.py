from . import backfill, cancel, host_key, replay
