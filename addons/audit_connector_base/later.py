import threading

from odoo.tools import config


def later(seconds, action, *arguments):
    """Call ``action(*arguments)`` after ``seconds``, in a thread of its own for which nobody waits.

    In a run of tests it is called at once: all cursors of a test share its one connection, so a thread that comes in
    between would run away with the rows that another one asked for.
    """
    if config["test_enable"]:
        action(*arguments)
        return
    timer = threading.Timer(seconds, action, arguments)
    timer.daemon = True
    timer.start()
