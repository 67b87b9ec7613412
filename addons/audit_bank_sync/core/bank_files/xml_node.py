"""What an element of XML is here: a dict of its children by local name, or its text where it has none.

Where several children have one name, there is a list of them: ``add`` makes it, ``every`` always returns one.
"""


class Amount(str):
    """The text of an element with attributes: of an amount, its currency."""

    __slots__ = ("attributes",)


def with_attributes(letters, attributes):
    """Return ``letters`` as the text of an element with ``attributes``, a dict; as it is where there are none."""
    if not attributes:
        return letters
    found = Amount(letters)
    found.attributes = attributes
    return found


def add(node, name, child):
    """Put ``child`` (a dict, or a text) into the dict ``node``, behind what it has of this name."""
    if name not in node:
        node[name] = child
    elif type(node[name]) is list:
        node[name].append(child)
    else:
        node[name] = [node[name], child]


def child(node, name):
    """Return the first child called ``name`` of the dict ``node``, or None: ``first`` of one step, in half the time."""
    found = node.get(name)
    return found[0] if type(found) is list else found


def first(node, *path):
    """Return the first element at ``path`` below ``node``, or None."""
    for name in path:
        if type(node) is not dict:
            return None
        node = node.get(name)
        if type(node) is list:
            node = node[0]
    return node


def every(node, *path):
    """Return all elements by the last name of ``path``, below the first of each name before."""
    parent = first(node, *path[:-1])
    found = parent.get(path[-1]) if type(parent) is dict else None
    if found is None:
        return []
    return found if type(found) is list else [found]


def text(node, *path):
    """Return the text at ``path``, stripped, or None when there is none."""
    for name in path:
        if type(node) is not dict:
            return None
        node = node.get(name)
        if type(node) is list:
            node = node[0]
    return (node.strip() or None) if node and type(node) is not dict else None
