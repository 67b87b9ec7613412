"""A contract as one Python function that says yes or "not sure", about ten times as fast as a full validation.

Nearly every message honours its contract, and a yes needs no explanation. What this does not say yes to is left to the
full validation, which decides and explains; so it may be ignorant (floats, keywords that no contract of ours uses) but
never wrong in saying yes. Patterns and formats are those of the full validation.
"""

TYPES = {
    "string": (str,),
    "integer": (int,),
    "number": (int,),
    "boolean": (bool,),
    "null": (type(None),),
    "object": (dict,),
    "array": (list,),
}
ANNOTATIONS = {"$comment", "$defs", "$id", "$schema", "default", "description", "examples", "title"}
STRING = {"minLength", "maxLength", "pattern", "format"}
NUMBER = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
ARRAY = {"items", "minItems", "maxItems"}
OBJECT = {"properties", "required", "additionalProperties"}
COMBINING = {"$ref", "anyOf", "const", "enum"}
KNOWN = ANNOTATIONS | STRING | NUMBER | ARRAY | OBJECT | COMBINING | {"type"}


class _Unknown(Exception):
    """The schema uses a keyword that is left to the full validation."""


def compile_check(schema, patterns, formats, longest=10_000):
    """Return a function ``value -> bool`` for a contract; one that never says yes when it uses unknown keywords.

    :param schema: the contract (dict); its references are followed as far as they stay inside it
    :param patterns: ``{pattern: compiled}``
    :param formats: ``{name of a format: function text -> bool}``
    :param longest: characters of the longest text that is held against a pattern
    """
    try:
        check = _Compiler(schema, patterns, formats, longest).node(schema)
    except _Unknown:
        return lambda _value: False

    def quick(value):
        try:
            return bool(check(value))
        except RecursionError:
            return False

    return quick


class _Compiler:
    def __init__(self, root, patterns, formats, longest):
        self.root, self.patterns, self.formats, self.longest = root, patterns, formats, longest
        self.referenced = {}

    def node(self, schema):
        """A schema as a function: what holds for its Python type, and all that combines other schemas."""
        if not isinstance(schema, dict) or not KNOWN.issuperset(schema):
            raise _Unknown
        checks = [*self._combining(schema)]
        if not checks or not ANNOTATIONS.union(COMBINING).issuperset(schema):
            checks.append(self._by_type(schema))
        if len(checks) == 1:
            return checks[0]
        return lambda value: all([check(value) for check in checks])

    def _combining(self, schema):
        if "$ref" in schema:
            yield self._reference(schema["$ref"])
        if "anyOf" in schema:
            yield _any([self.node(branch) for branch in schema["anyOf"]])
        allowed = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]
        if "enum" in schema and "const" in schema or not all(type(one) in (str, type(None)) for one in allowed):
            raise _Unknown
        if allowed:
            yield _one_of(frozenset(allowed))

    def _reference(self, reference):
        if not reference.startswith("#/"):
            raise _Unknown
        if reference not in self.referenced:
            target = self.root
            for step in reference[2:].split("/"):
                if "~" in step or "%" in step or not isinstance(target, dict) or step not in target:
                    raise _Unknown
                target = target[step]
            # Entered before it is compiled: a contract may refer to itself.
            self.referenced[reference] = lambda value: self.referenced[reference](value)
            self.referenced[reference] = self.node(target)
        return self.referenced[reference]

    def _by_type(self, schema):
        names = schema.get("type", list(TYPES))
        makers = {str: self._string, int: self._number, dict: self._object, list: self._array}
        by_type = {
            kind: makers[kind](schema) if kind in makers else _yes
            for name in ([names] if isinstance(names, str) else names)
            for kind in TYPES[name]
        }
        if len(by_type) == 1:
            ((only, check),) = by_type.items()
            if only in (str, dict):
                return check  # which look at the type themselves: most of a message is text, and a call costs
            return lambda value: type(value) is only and check(value)
        # Exact types: True is no integer, and a float is left to the full validation.
        return lambda value: by_type.get(type(value), _no)(value)

    def _string(self, schema):
        least, most = schema.get("minLength", 0), schema.get("maxLength", float("inf"))
        search, form = None, self.formats[schema["format"]] if "format" in schema else None
        if "pattern" in schema:
            search, most = self.patterns[schema["pattern"]].search, min(most, self.longest)
        if form:
            return lambda text: (
                type(text) is str and least <= len(text) <= most and (not search or search(text)) and form(text)
            )
        if search:
            return lambda text: type(text) is str and least <= len(text) <= most and search(text) is not None
        return lambda text: type(text) is str and least <= len(text) <= most

    def _number(self, schema):
        bounds = {
            "minimum": lambda bound: lambda number: number >= bound,
            "maximum": lambda bound: lambda number: number <= bound,
            "exclusiveMinimum": lambda bound: lambda number: number > bound,
            "exclusiveMaximum": lambda bound: lambda number: number < bound,
        }
        return _every([make(schema[name]) for name, make in bounds.items() if name in schema])

    def _array(self, schema):
        least, most = schema.get("minItems", 0), schema.get("maxItems", float("inf"))
        item = self.node(schema["items"]) if "items" in schema else _yes

        def check(items):
            if not least <= len(items) <= most:
                return False
            for one in items:  # noqa: SIM110 - all() over a generator takes twice as long, here and below
                if not item(one):
                    return False
            return True

        return check

    def _object(self, schema):
        members = {name: self.node(member) for name, member in schema.get("properties", {}).items()}
        required = frozenset(schema.get("required", ()))
        further = schema.get("additionalProperties", True)
        if further not in (True, False) or not isinstance(further, bool):
            raise _Unknown
        if not further and required == members.keys():
            pairs = list(members.items())

            def check_closed(value):
                if type(value) is not dict or value.keys() != required:
                    return False
                for name, member in pairs:  # noqa: SIM110
                    if not member(value[name]):
                        return False
                return True

            return check_closed

        def check(value):
            if type(value) is not dict or not required <= value.keys():
                return False
            for name, one in value.items():
                if name in members:
                    if not members[name](one):
                        return False
                elif not further:
                    return False
            return True

        return check


def _yes(_value):
    return True


def _no(_value):
    return False


def _any(branches):
    def check(value):
        for branch in branches:  # noqa: SIM110
            if branch(value):
                return True
        return False

    return check


def _every(checks):
    if not checks:
        return _yes
    if len(checks) == 1:
        return checks[0]
    if len(checks) == 2:
        first, second = checks
        return lambda value: first(value) and second(value)
    return lambda value: all([check(value) for check in checks])


def _one_of(allowed):
    def check(value):
        return (value is None or type(value) is str) and value in allowed

    return check
