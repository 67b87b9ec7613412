"""What became of API clients is told by what they were before and after, whichever way the change took.

Permissions are changed on the client or by themselves, and the one calls the other. So each of them watches, and the
outermost one tells, once, what changed.
"""

from contextlib import contextmanager

_KEY = "audit_connector_base.api_clients_told"


@contextmanager
def told(clients):
    """Record in the log what the block changes of ``clients`` that no outer block tells of."""
    with silently(clients) as outermost:
        before = {client: client._facts() for client in outermost}
        yield
    for client, facts in before.items():
        client._log_change(facts)


@contextmanager
def silently(clients):
    """Let nothing within the block tell of ``clients``, as it is told of them in another way.

    :return: by the ``with``: those of them that no outer block tells of
    """
    watched = clients.env.cr.cache.setdefault(_KEY, set())
    outermost = clients.browse(id_ for id_ in clients.ids if id_ not in watched)
    watched.update(outermost.ids)
    try:
        yield outermost
    finally:
        watched.difference_update(outermost.ids)
