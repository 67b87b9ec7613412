"""Answers the questions of `frame/worker.py` from inside Odoo."""

import json
import socket
import traceback


def answer(arguments, functions):
    """Call the functions that are asked for, one after the other, until the other side closes the line.

    :param arguments: port and password, as the script was given them
    :param functions: ``{name: function}``; each gets the details as keyword arguments and returns what JSON can hold
    """
    port, token = arguments
    with socket.create_connection(("127.0.0.1", int(port))) as connection:
        line = connection.makefile("rw", encoding="utf-8")
        _say(line, token)
        for question in line:
            what, details = json.loads(question)
            try:
                _say(line, json.dumps({"answer": functions[what](**details)}))
            except Exception as error:
                said = {"error": "%s: %s" % (type(error).__name__, error), "traceback": traceback.format_exc()}
                _say(line, json.dumps(said))


def _say(line, text):
    line.write(text + "\n")
    line.flush()
