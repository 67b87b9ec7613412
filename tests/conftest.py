"""End-to-end tests: they look at a served Odoo from outside, as other systems and people do.

`./setup/test --only e2e` runs them on every series; by hand, with the Python of an engine's test environment:
`AUDIT_TEST_SERIES=17.0 PYTHONPATH=setup python -m pytest tests`.
"""

import os

import pytest

from provision.engine import SERIES
from testing.house import serving


@pytest.fixture(scope="session")
def series():
    """The Odoo series that the tests run on."""
    return os.environ.get("AUDIT_TEST_SERIES") or SERIES[0]


@pytest.fixture(scope="module")
def house(series, request):
    """A served Odoo with the demonstration company, one for each test file; see `testing.house.House`."""
    with serving(series, name=request.module.__name__) as house:
        yield house
