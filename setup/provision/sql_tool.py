"""Runs statements for `database.py` inside an engine's environment, the one place that has psycopg2.

Reads `{"connection": {...}, "statements": [[sql, parameters], ...]}` on standard input; writes the rows of every
statement, or `{"error": ..., "code": ...}` with PostgreSQL's error code (None when no connection was made).
"""

import json
import sys

import psycopg2


def main():
    asked = json.load(sys.stdin)
    try:
        connection = psycopg2.connect(**asked["connection"], connect_timeout=10)
        connection.autocommit = True
        answers = []
        with connection.cursor() as cursor:
            for statement, parameters in asked["statements"]:
                cursor.execute(statement, parameters or None)
                answers.append(cursor.fetchall() if cursor.description else [])
        json.dump(answers, sys.stdout, default=str)
    except psycopg2.Error as error:
        json.dump({"error": str(error).strip(), "code": error.pgcode}, sys.stdout)


main()
