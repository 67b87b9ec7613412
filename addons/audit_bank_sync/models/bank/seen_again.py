"""What follows when a transaction is told of again, by who brings it.

Nobody gets more rights by uploading a file: what the bank itself said is not written over by what somebody brings who
may not post, and takes the place of it, whichever of them came first. ``trusted`` says which of the two it is.
"""


def what_changed(before, values, keys, trusted):
    """Return the kind of sighting that is worth keeping of a row that came again, None where nothing is.

    :param before: dict of what the row said, with ``trusted``
    :param values: what is said now, in the order of ``core.staging.rows.COLUMNS``; ``keys``: its ``identity.Keys``
    :param trusted: whether it comes from the bank, or from somebody who may post
    """
    kind = _said_otherwise(before, values[0], keys)
    if not trusted:
        return kind if kind == "promoted" and not before["trusted"] else None
    if kind != "promoted" and not before["trusted"] and values[0] == before["state"]:
        return "vouched"
    return kind


def as_far_as_it_may(pair, before, values):
    """Return the ``Pair`` of something that somebody brings who may not post.

    That it is booked what the bank announced is neither taken over, nor lost: a person decides it.
    """
    if not (pair.same and before["trusted"] and values[0] == "booked" and before["state"] != "booked"):
        return pair
    return pair._replace(same=False, reasons=[*pair.reasons, "but brought by somebody who may not post"])


def _said_otherwise(before, state, keys):
    if state == "booked" and before["state"] != "booked":
        return "promoted"
    if state == "intraday" and before["state"] in ("pending", "withdrawn"):
        return "promoted"
    if before["state"] == "withdrawn" and state == "pending":
        return "promoted"
    if before["state"] in ("booked", "intraday") and state != before["state"]:
        # A statement is the last word; what comes later and says less changes nothing.
        return None
    former = set((before["keys"] or {}).get("bank", ()))
    return "reissued" if former and keys.bank_references and former != set(keys.bank_references) else None
