"""The data contracts that this addon publishes, loaded once a process."""

from functools import lru_cache
from pathlib import Path

from ...core.contracts import Contracts

FOLDER = Path(__file__).parents[2] / "contracts"


@lru_cache(maxsize=1)
def published():
    """Return the ``Contracts`` of the folder ``contracts/``; their validators are compiled on first use and kept."""
    return Contracts(FOLDER)
