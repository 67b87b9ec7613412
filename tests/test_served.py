"""The first path through the house, on an Odoo with several processes as in production."""

import pytest


@pytest.fixture(scope="module")
def invoice(house):
    """A customer invoice that the accountant posted."""
    accountant = house.session("accountant")
    (partner,) = accountant.call("res.partner", "search", [["name", "=", "Hafenkontor Bremen GmbH"]], limit=1)
    line = {"name": "Quarterly stock count", "quantity": 2, "price_unit": 1450.0}
    values = {"move_type": "out_invoice", "partner_id": partner, "invoice_line_ids": [[0, 0, line]]}
    number = accountant.call("account.move", "create", values)
    accountant.call("account.move", "action_post", [number])
    return accountant.call("account.move", "read", [number], ["name", "amount_total"])[0]


def test_a_posted_invoice_arrives_signed_and_according_to_its_contract(house, invoice):
    """The receiver books only what the official library verifies and the contract allows."""
    message = house.wait_for(lambda: house.book()["messages"], "the invoice to reach the receiver")[0]
    assert message["event"]["subject"] == "account.move/%d" % invoice["id"]
    assert message["event"]["data"]["number"] == invoice["name"]
    assert house.book()["counts"] == {"messages": 1, "duplicates": 0, "refusals": 0}


def test_the_database_knows_that_it_was_delivered(house, invoice):
    delivered = "SELECT attempt_count FROM audit_delivery WHERE state = 'delivered'"
    assert house.wait_for(lambda: house.sql(delivered), "the delivery to be settled") == [[1]]


def test_several_processes_serve(house):
    """What is tested here is the server of production, not the one with threads."""
    with open(house.odoo.log) as log:
        assert sum("alive" in line and "Worker WorkerHTTP" in line for line in log) >= 2
