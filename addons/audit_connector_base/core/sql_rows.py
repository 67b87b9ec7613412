"""Rows of values inside a statement, in the form that costs PostgreSQL the least."""


def sql_rows(name, types, columns):
    """Return ``(SQL of a table, parameters)`` for values that go into one statement.

    Many rows travel as one array a column, which is parsed once whatever their number. A single row, as what somebody
    waits for mostly is, goes as it stands: that takes half the time to parse and to plan.

    :param name: name of the table in the statement
    :param types: ``{column: PostgreSQL type}``
    :param columns: ``{column: list of values}``, all of one length; their names must not be those of other parameters
    """
    (length,) = {len(values) for values in columns.values()}
    names = ", ".join(types)
    if length == 1:
        values = ", ".join("%%(%s)s::%s" % pair for pair in types.items())
        return "(VALUES (%s)) AS %s (%s)" % (values, name, names), {column: columns[column][0] for column in types}
    arrays = ", ".join("%%(%s)s::%s[]" % pair for pair in types.items())
    return "unnest(%s) AS %s (%s)" % (arrays, name, names), {column: columns[column] for column in types}
