"""Putting together search domains, which Odoo's two series do with modules of their own."""


def any_of(domains):
    """Return the domain that is true where any of the (complete) ``domains`` is; an empty one is always true."""
    parts = [normalized(domain) for domain in domains]
    if not all(domains):
        return []
    return ["|"] * (len(parts) - 1) + [term for part in parts for term in part]


def normalized(domain):
    """Return ``domain`` with the ``&`` written out that are implied between its terms."""
    written, missing = [], 1
    for term in domain:
        if missing == 0:
            written.insert(0, "&")
            missing = 1
        if term in ("&", "|"):
            missing += 1
        elif term != "!":
            missing -= 1
        written.append(term)
    return written


def field_from(domain, default):
    """Return the first field that must not lie before something (``>=``): by which a period was chosen."""
    return next((term[0] for term in domain if isinstance(term, (list, tuple)) and term[1] == ">="), default)
