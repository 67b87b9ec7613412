"""Rows by the hundred thousand: copies of one that Odoo made, each with a few values of its own."""

from odoo.tools import SQL


def copy_row(cr, table, model_id, columns, rows):
    """Insert a copy of row ``model_id`` of ``table`` for each of ``rows`` (tuples of ``columns`` in their order).

    Columns that the table does not have in this series of Odoo are left out.
    """
    cr.execute(
        """
        SELECT column_name, format_type(atttypid, atttypmod)
          FROM information_schema.columns
          JOIN pg_attribute ON attrelid = %s::regclass AND attname = column_name
         WHERE table_schema = current_schema AND table_name = %s AND column_name <> 'id'
        """,
        [table, table],
    )
    types = {"id": "integer", **dict(cr.fetchall())}
    given = {name: list(column) for name, column in zip(columns, zip(*rows)) if name in types}
    names = [name for name in types if name in given or name != "id"]
    values = [SQL("said.%s" if name in given else "model.%s", SQL.identifier(name)) for name in names]
    arrays = [SQL("%s::%s[]", column, SQL(types[name].partition("(")[0])) for name, column in given.items()]
    cr.execute(
        SQL(
            "INSERT INTO %s (%s) SELECT %s FROM unnest(%s) AS said (%s), (SELECT * FROM %s WHERE id = %s) AS model",
            SQL.identifier(table),
            SQL(", ").join(map(SQL.identifier, names)),
            SQL(", ").join(values),
            SQL(", ").join(arrays),
            SQL(", ").join(map(SQL.identifier, given)),
            SQL.identifier(table),
            model_id,
        )
    )


def next_ids(cr, table, count):
    """Take so many ids of a table and return them."""
    cr.execute("SELECT nextval(%s) FROM generate_series(1, %s)", [table + "_id_seq", count])
    return [found for (found,) in cr.fetchall()]
