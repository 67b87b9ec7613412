"""Python's collector of garbage, and work that makes hundreds of thousands of short-lived values."""

import gc
from contextlib import contextmanager


@contextmanager
def sparing_the_collector():
    """Let the collector go through what is made within the block only, and not through all that was there before.

    What Odoo has loaded are over a million objects that stay. Reading a file makes so many values that the collector
    goes through them again and again, which took a third of the time. Nothing is switched off: what the block leaves is
    collected within it, and what was there before, afterwards. It may be nested and used by several threads at once;
    the end of the first block then ends it for all.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
