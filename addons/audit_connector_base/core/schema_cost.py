"""What checking a message against a schema may cost at most, found before the schema is used.

``$ref`` lets a short schema say a long thing: forty definitions, each an ``anyOf`` of the next one twice, take 2^40
steps for any message. And a schema that refers to itself twice at one place doubles its work with every level of the
message. Both are refused; the check errs on the side of refusing.
"""

MAX_STEPS = 5_000  # subschemas for one item of a message, references followed; the largest of ours has a few hundred

_LISTS = ("allOf", "anyOf", "oneOf")
_SINGLE = ("not", "if", "then", "else")
_OVERLAPPING = ("contains", "propertyNames", "unevaluatedItems", "unevaluatedProperties")


def check_cost(schema, lookup):
    """Raise ``ValueError`` for a schema whose check may take for ever.

    :param lookup: function ``reference -> schema``
    """
    graph = _Graph(lookup)
    try:
        graph.visit(schema)
        steps = graph.steps(schema, {})
    except RecursionError:
        raise ValueError("It is nested or refers on too deeply to be checked.") from None
    for component in graph.components:
        _check_component(graph, component)
    if steps > MAX_STEPS:
        raise ValueError(
            "With all that it refers to it has more than %d parts; checking a message would take too long." % MAX_STEPS
        )


def edges(schema, lookup):
    """Return ``[(place, schema), …]`` of what a schema applies, and to which part of the value.

    ``place`` is ``("here",)`` for the value itself, ``("member", name)`` or ``("item", index)`` for what lies in it;
    ``("member", None)`` and ``("item", None)`` mean all those not named, ``("any",)`` parts that others may hold, too.
    """
    if not isinstance(schema, dict):
        return []
    found = [(("here",), lookup(schema["$ref"]))] if "$ref" in schema else []
    found += [(("here",), one) for keyword in _LISTS for one in schema.get(keyword, ())]
    found += [(("here",), schema[keyword]) for keyword in _SINGLE if keyword in schema]
    found += [(("here",), one) for one in schema.get("dependentSchemas", {}).values()]
    found += [(("member", name), one) for name, one in schema.get("properties", {}).items()]
    found += [(("item", index), one) for index, one in enumerate(schema.get("prefixItems", ()))]
    found += [(("any",), one) for one in schema.get("patternProperties", {}).values()]
    found += [(("any",), schema[keyword]) for keyword in _OVERLAPPING if keyword in schema]
    if "additionalProperties" in schema:
        found.append((("member", None), schema["additionalProperties"]))
    if "items" in schema:
        found.append((("item", None), schema["items"]))
    return [(place, one) for place, one in found if isinstance(one, dict)]


def _check_component(graph, component):
    """Refuse a group of schemas that refer to one another in a way that repeats work at every level."""
    inside = {id(schema) for schema in component}
    for schema in component:
        within = [place for place, one in graph.edges(schema) if id(one) in inside]
        if not within:
            continue
        once = len(within) == 1
        apart = len(set(within)) == len(within) and not {("here",), ("any",)}.intersection(within)
        if not once and not apart:
            raise ValueError("It refers to itself several times at one place, which may take for ever to check.")
    if len(component) > 1 or any(one is component[0] for _place, one in graph.edges(component[0])):
        here = {id(schema): [one for place, one in graph.edges(schema) if place == ("here",)] for schema in component}
        for schema in component:
            seen, following = set(), [schema]
            while following:
                for one in here.get(id(following.pop()), ()):
                    if one is schema:
                        raise ValueError("It refers to itself at the same place, which would never end.")
                    if id(one) in inside and id(one) not in seen:
                        seen.add(id(one))
                        following.append(one)


class _Graph:
    """Which schema applies which, and which of them refer to one another (Tarjan's strongly connected components)."""

    def __init__(self, lookup):
        self.lookup = lookup
        self.components = []
        self._edges = {}
        self._index, self._low, self._stack = {}, {}, []

    def edges(self, schema):
        if id(schema) not in self._edges:
            # Kept with the schema itself, so that its id is not given to another.
            self._edges[id(schema)] = schema, edges(schema, self.lookup)
        return self._edges[id(schema)][1]

    def visit(self, schema):
        number = self._index[id(schema)] = self._low[id(schema)] = len(self._index)
        self._stack.append(schema)
        for _place, one in self.edges(schema):
            if id(one) not in self._index:
                self.visit(one)
                self._low[id(schema)] = min(self._low[id(schema)], self._low[id(one)])
            elif any(one is waiting for waiting in self._stack):
                self._low[id(schema)] = min(self._low[id(schema)], self._index[id(one)])
        if self._low[id(schema)] == number:
            component = []
            while not component or component[-1] is not schema:
                component.append(self._stack.pop())
            self.components.append(component)

    def steps(self, schema, known):
        """Number of subschemas with all references followed, each circle once."""
        if id(schema) not in known:
            known[id(schema)] = 1
            known[id(schema)] = 1 + sum(self.steps(one, known) for _place, one in self.edges(schema))
        return known[id(schema)]
