"""A sandbox bank that serves the tests of a module, one after the other."""

import pytest

from odoo.addons.audit_bank_sync.core.tests import bank_api_common as common


@pytest.fixture(scope="module")
def opened():
    bank = common.open_bank()
    yield bank
    bank.close()


@pytest.fixture
def banks(opened):
    """A function that lets the bank begin anew, with the settings of a scenario."""

    def begin(**settings):
        opened.order(scenario=common.scenario(**settings))
        return opened

    return begin


@pytest.fixture
def bank(banks):
    return banks()
