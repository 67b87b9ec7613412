"""When a batch goes out: the slots of a schedule."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

MINUTES = {"5": 5, "15": 15, "60": 60, "240": 240}
DAILY = "day"


def next_slot(every, now, at=0.0, zone="UTC"):
    """Return the first slot after ``now`` (aware ``datetime``), in UTC.

    ``every``: ``5``, ``15``, ``60`` or ``240`` (minutes, counted from midnight UTC) or ``day``; ``at``: hour of the day
    as a number, 13.5 for half past one, for daily batches; ``zone``: name of the time zone of ``at``. A slot that the
    change to summer time skips is the moment an hour later. Raises ``ValueError`` for another ``every``.
    """
    if every == DAILY:
        local = now.astimezone(ZoneInfo(zone))
        minutes = round(at * 60) % (24 * 60)
        for days in (0, 1, 2):
            day = local.date() + timedelta(days=days)
            moment = datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=ZoneInfo(zone))
            if moment.astimezone(timezone.utc) > now:
                return moment.astimezone(timezone.utc)
    if every not in MINUTES:
        raise ValueError("%r is no schedule" % (every,))
    step = MINUTES[every] * 60
    return datetime.fromtimestamp((now.timestamp() // step + 1) * step, timezone.utc)
