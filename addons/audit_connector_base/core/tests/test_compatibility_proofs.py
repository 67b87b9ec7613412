"""What the comparison of schemas promises is held against random schemas and values."""

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from odoo.addons.audit_connector_base.core.compatibility import OK, compare
from odoo.addons.audit_connector_base.core.containment import uncovered
from odoo.addons.audit_connector_base.core.contracts import ContractError, Key, validators
from odoo.addons.audit_connector_base.core.tests import schema_strategies as some

# The same cases at every run; whoever changes the comparison lets it run with more and other ones for a while.
THOROUGH = settings(
    max_examples=250,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def compiled(schema, minor=0):
    key = Key("thing", 1, minor)
    try:
        return validators({key: {"$id": key.identifier, **schema}})[key]
    except ContractError:
        # It refers to itself at one place, which no contract may.
        assume(False)


@st.composite
def versions(draw):
    old = draw(some.schemas())
    new = draw(st.one_of(some.changed(old), some.changed(old), some.schemas()))
    return old, new


@THOROUGH
@given(st.data(), versions())
def test_what_is_said_to_be_compatible_is(data, pair):
    old, new = compiled(pair[0]), compiled(pair[1], minor=1)
    report = compare(old, new)
    for schema, validator, other, promised in (
        (pair[0], old, new, report.backward),
        (pair[1], new, old, report.forward),
    ):
        if promised == OK:
            for _number in range(12):
                value = data.draw(some.values(schema, schema))
                if validator.is_valid(value):
                    assert other.is_valid(value)


@THOROUGH
@given(some.schemas())
def test_every_schema_is_fully_compatible_with_itself(schema):
    assert uncovered(compiled(schema), compiled(schema, minor=1)) == []
