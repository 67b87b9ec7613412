"""Statements for any number of rows, each in the form that costs PostgreSQL the least.

Many rows travel as one array a column, which is parsed once whatever their number. A single row, as what somebody waits
for mostly is, stands in the statement as plain values: that takes half the time to parse and to plan. Nothing is
prepared, and nothing is put into a function of the database: Odoo discards the plans of a connection at every request.
"""

import re

TABLE = "said"


class RowStatement:
    """A statement that is given rows.

    :param rows: ``{column: PostgreSQL type}`` of the rows
    :param sql: the statement, in which ``{rows}`` stands for a table ``said`` of them, and ``%(name)s`` for the other
        values
    :param one: the statement for a single row, in which ``said.column`` stands for its value; by default ``sql``
    """

    def __init__(self, rows, sql, one=None):
        names = ", ".join(rows)
        values = {name: "%%(%s)s::%s" % (name, kind) for name, kind in rows.items()}
        arrays = ", ".join("%s[]" % value for value in values.values())
        self.columns = tuple(rows)
        if one:
            self.one = re.sub(r"\b%s\.(\w+)" % TABLE, lambda found: values[found[1]], one)
        else:
            self.one = sql.format(rows="(VALUES (%s)) AS %s (%s)" % (", ".join(values.values()), TABLE, names))
        self.many = sql.format(rows="unnest(%s) AS %s (%s)" % (arrays, TABLE, names))

    def with_rows(self, rows, **values):
        """Return ``(SQL, parameters)``.

        :param rows: tuples in the order of the columns, at least one
        :param values: all other parameters, under names that are not those of columns
        """
        if len(rows) == 1:
            return self.one, values | dict(zip(self.columns, rows[0]))
        return self.many, values | dict(zip(self.columns, map(list, zip(*rows))))
