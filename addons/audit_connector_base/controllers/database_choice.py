"""Which database a machine's request is for, remembered for a short time.

Machines carry no session. For each request without one Odoo asks PostgreSQL for all its databases, over a connection
that it opens for that alone and closes again: more work than all that receiving a message takes. Nobody is let in by
this choice; the routes ask everybody who they are.
"""

import time

from odoo import http

PATHS = "/audit/v1/"
REMEMBERED = 30  # seconds: as long may a database that is new, or gone, go unnoticed
HOSTS = 100  # whoever sends says what the host is called
_chosen = {}


def install():
    """Have Odoo ask here first. Once for each process, when the addon is loaded."""
    if not hasattr(http.db_list, "audit_asked"):
        http.db_list = _remembering(http.db_list)


def _remembering(asked):
    def db_list(force=False, host=None):
        if not (force and host and _is_for_machines()):
            return asked(force, host)
        names, until = _chosen.get(host, ((), 0))
        if time.monotonic() < until:
            return list(names)
        names = asked(force, host)
        if len(names) == 1:
            # Only what is beyond doubt: of none or several, the next request may be about another one.
            if len(_chosen) >= HOSTS:
                _chosen.clear()
            _chosen[host] = names, time.monotonic() + REMEMBERED
        return list(names)

    db_list.audit_asked = asked
    return db_list


def _is_for_machines():
    return bool(http.request) and http.request.httprequest.path.startswith(PATHS)
