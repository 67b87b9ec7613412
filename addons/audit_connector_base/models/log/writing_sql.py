"""The statement that writes entries, and its parts for statements that write more than entries."""

from ...core.sql_rows import RowStatement

# An entry and its payload, as columns of a row.
COLUMNS = {
    "uuid": "varchar",
    "time": "timestamp",
    "kind": "varchar",
    "direction": "varchar",
    "actor": "varchar",
    "company_id": "integer",
    "res_model": "varchar",
    "res_id": "integer",
    "correlation": "varchar",
    "commitment": "varchar",
    "entry": "bytea",
    "log_id": "integer",
    "mac": "bytea",
    "salt": "bytea",
    "payload": "bytea",
}

NUMBERED = "nextval('audit_log_entry_id_seq') AS id, " + ", ".join("said.%s AS %s" % (name, name) for name in COLUMNS)

# Writes what ``given`` holds, the last two parts of a statement that begins ``WITH``.
INSERTS = """
entries AS (
    INSERT INTO audit_log_entry (id, uuid, time, kind, direction, actor, company_id, res_model, res_id, correlation,
                                 commitment, entry, log_id, mac)
    SELECT id, uuid, time, kind, direction, actor, company_id, res_model, res_id, correlation, commitment, entry,
           log_id, mac
      FROM given
), payloads AS (
    INSERT INTO audit_log_payload (entry_id, salt, payload) SELECT id, salt, payload FROM given
)
"""

WRITE = "WITH given AS (SELECT %s %%s), %s SELECT 1" % (NUMBERED, INSERTS)

APPEND = RowStatement(COLUMNS, WRITE % "FROM {rows}", one=WRITE % "")
