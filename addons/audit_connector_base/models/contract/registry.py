"""The data contracts that this addon publishes, and compiled ones of any origin, kept once a process."""

import threading
from functools import lru_cache
from pathlib import Path

from odoo.tools.lru import LRU

from ...core.contracts import Contract, Contracts

FOLDER = Path(__file__).parents[2] / "contracts"

_compiled = LRU(256)
_lock = threading.Lock()


@lru_cache(maxsize=1)
def published():
    """Return the ``Contracts`` of the folder ``contracts/``; their validators are compiled on first use and kept."""
    return Contracts(FOLDER)


def compiled(key, sha256, read):
    """Return the ``Contract`` of a version; its text is read and compiled only when this process does not have it yet.

    :param key: ``core.contracts.Key``
    :param sha256: of the text, so that databases that have the same share it
    :param read: function that returns the text as bytes
    """
    name = key, sha256
    with _lock:
        contract = _compiled.get(name)
    if contract is None:
        contract = Contract(read(), key)
        with _lock:
            _compiled[name] = contract
    return contract
