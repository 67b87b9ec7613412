"""Benchmarks: each file of this folder runs its anchor and our code in one run and tells the ratio.

Absolute figures move with the machine, so none of them is a goal; a goal is a ratio to an anchor, something that
people already use or could not do without. A benchmark is one module here with

``TITLE``
    what work is measured, in words;
``run(stage)``
    yields one or more ``Comparison`` (``frame/comparison.py``). ``stage`` (``frame/stage.py``) gives databases with
    and without our addons, processes inside Odoo to work in, the number of rounds, and stops all of it afterwards.

``frame/rounds.py`` runs the two sides in turns and makes the figures of times, ``frame/rates.py`` those of rates. What
has to run inside Odoo is a script in ``inside/`` that answers questions (``inside/answering.py``), or the addon in
``addons/`` with what anchors need; the other ends of the lines are programs in ``outside/``. The name of the file is
the name on the command line::

    # setup/benchmarks/hashing.py
    TITLE = "Hash 1 MiB"

    def run(stage):
        rounds = in_turns(stage.rounds, theirs, ours)  # functions that each return a list of Sample
        yield compare("Hash 1 MiB", "hashlib", "ours", rounds, Goal(at_most=1.1))
"""
