"""Statements whose plans PostgreSQL keeps: each is a function of the database, planned once a connection.

Parsing and planning a statement of many columns takes as long as carrying it out. For what somebody waits for at every
request, and what is written with every posting, that half is saved. No statement is prepared by hand: PostgreSQL makes
the plan anew by itself when a table changes.
"""

PREFIX = "given_"

# By name alone: a former version may have had other parameters.
DROP = """
DO $drop$
DECLARE known regprocedure;
BEGIN
    FOR known IN SELECT oid FROM pg_proc WHERE proname = '{name}' AND pronamespace = current_schema()::regnamespace
    LOOP EXECUTE 'DROP FUNCTION ' || known; END LOOP;
END $drop$;
"""
CREATE = """
CREATE FUNCTION {name}({parameters}) RETURNS {returns} LANGUAGE plpgsql AS $body$
#variable_conflict use_column
BEGIN
    {verb}{statement};
END $body$;
"""


class Prepared:
    """One statement for any number of rows.

    :param name: of the function in the database
    :param rows: ``{column: PostgreSQL type}`` of the rows it is given
    :param values: ``{name: PostgreSQL type}`` of the single values it is given
    :param statement: SQL in which ``{rows}`` stands for the table ``said`` of the given rows, and ``{name}`` for the
        single value of that name
    :param returns: ``TABLE (…)`` of what it returns, None for nothing
    """

    def __init__(self, name, rows, statement, values=None, returns=None):
        self.name, self.rows, self.values = name, rows, values or {}
        arrays = ", ".join(PREFIX + column for column in rows)
        table = "unnest(%s) AS said (%s)" % (arrays, ", ".join(rows))
        body = statement.strip().format(rows=table, **{value: PREFIX + value for value in self.values})
        parameters = {column: "%s[]" % kind for column, kind in rows.items()} | self.values
        self.definition = DROP.format(name=name) + CREATE.format(
            name=name,
            parameters=", ".join("%s%s %s" % (PREFIX, *parameter) for parameter in parameters.items()),
            returns=returns or "void",
            verb="RETURN QUERY " if returns else "",
            statement=body,
        )
        self.call = "SELECT * FROM %s(%s)" % (  # noqa: S608 - of names that stand in our own code
            name,
            ", ".join("%%(%s)s::%s" % parameter for parameter in parameters.items()),
        )
