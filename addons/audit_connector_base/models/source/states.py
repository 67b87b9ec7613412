"""What happens to a document is told by its state before and after, whichever way the change took.

The methods of Odoo that post, reset or cancel call one another, and all of them end in ``write``. So each of them
watches, and the outermost one says, once and when everything has been done, what became of the documents.
"""

from contextlib import ExitStack, contextmanager

_KEY = "audit_connector_base.watched"


@contextmanager
def watched(records):
    """Call ``_audit_state_changed(before)`` on those of ``records`` that no outer block watches, when the block ends.

    :param records: documents with the methods ``_audit_state()`` and ``_audit_state_changed({id: state before})``
    """
    watch = records.env.cr.cache.setdefault(_KEY, {})
    outermost = records.browse(id_ for id_ in records.ids if (records._name, id_) not in watch)
    before = {record.id: record._audit_state() for record in outermost.sudo()}
    watch.update(((records._name, id_), []) for id_ in before)
    try:
        yield
    finally:
        deferred = {id_: watch.pop((records._name, id_)) for id_ in before}
    outermost._audit_state_changed(before)
    by_code = {}
    for id_, codes in deferred.items():
        for code in codes:
            by_code.setdefault(code, []).append(id_)
    for code, ids in by_code.items():
        records.env["audit.event"]._record(code, records.browse(ids))


@contextmanager
def watched_together(*recordsets):
    """Watch several recordsets; the last one named speaks first."""
    with ExitStack() as stack:
        for records in recordsets:
            stack.enter_context(watched(records))
        yield


def say_after(records, code):
    """Record the event ``code`` of each of ``records``, after the change of state that it is in the midst of."""
    watch = records.env.cr.cache.get(_KEY, {})
    now = records.browse()
    for record in records:
        if (record._name, record.id) in watch:
            watch[record._name, record.id].append(code)
        else:
            now += record
    records.env["audit.event"]._record(code, now)


def transition(before, after):
    """Past participle of what leads from one state to another, None when they are the same."""
    if before == after:
        return None
    return {"draft": "reset_to_draft", "posted": "posted", "cancelled": "cancelled", "rejected": "cancelled"}[after]
