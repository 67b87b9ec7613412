"""Numbers of messages, taken from the database in advance: a message must know its own before it is stored, as the
entry in the log names it, and asking for each would cost a sender one more query."""

import threading

from .inbound_queries import TAKE_NUMBERS

TAKEN = 50

_lock = threading.Lock()
_free = {}


def take(cr, count):
    """Return ``count`` numbers that nobody else has, ascending.

    A number that is not used in the end is lost, as one of a transaction that was rolled back.
    """
    with _lock:
        free = _free.get(cr.dbname, [])
        if len(free) >= count:
            _free[cr.dbname] = free[count:]
            return free[:count]
    cr.execute(TAKE_NUMBERS, [count + TAKEN])
    fresh = [row[0] for row in cr.fetchall()]
    with _lock:
        _free[cr.dbname] = fresh[count:]
    return fresh[:count]


def forget(cr):
    """Take no more of the numbers at hand: the database is another than the one they were taken from."""
    with _lock:
        _free.pop(cr.dbname, None)
