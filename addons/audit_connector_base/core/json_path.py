"""The few JSON paths that an administrator may enter: ``$.meta.id`` or ``$.items[0].number``, and nothing cleverer."""

import re

_PATH = re.compile(r"\$(?:\.[A-Za-z_][A-Za-z0-9_-]{0,99}|\[[0-9]{1,4}\]){1,10}")
_STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*)|\[([0-9]+)\]")


def check(path):
    """Return the steps of ``path``; raises ``ValueError`` when it is none of ours."""
    if not _PATH.fullmatch(path or ""):
        raise ValueError("“%s” is no path; write it like $.id or $.meta.number or $.items[0].id" % (path or ""))
    return [name or int(index) for name, index in _STEP.findall(path)]


def text_at(document, path):
    """Return what stands at ``path`` as text; None when it is absent or neither text nor an integer."""
    value = document
    for step in check(path):
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return str(value)
