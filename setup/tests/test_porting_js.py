"""Each rule for JavaScript, on a snippet before and after."""

from pathlib import PurePosixPath

import pytest

from porting.rule import Place
from porting.rules_js import RULES
from porting.tree import ported_text

TOUR = Place(PurePosixPath("audit_x/static/tests/tours/tour.js"))
BY_NAME = {rule.name: rule for rule in RULES}
HEAD = 'registry.category("web_tour.tours").add("t", {\n'

CASES = {
    "tour-utils": [
        (
            'import { stepUtils } from "@web_tour/tour_service/tour_utils";',
            'import { stepUtils } from "@web_tour/tour_utils";',
        ),
    ],
    "tour-edit": [
        ('{ trigger: "a", run: "text ABC 1" },', '{ trigger: "a", run: "edit ABC 1" },'),
        ("{ trigger: 'a', run: `text ${name}` },", "{ trigger: 'a', run: `edit ${name}` },"),
    ],
    "tour-test": [
        ('    test: true,\n    url: "/web",', '    url: "/web",'),
        ('    url: "/web",\n    test: true\n});', '    url: "/web",\n});'),
        ('{ test: true, url: "/web" }', '{ url: "/web" }'),
    ],
    "tour-check": [
        ('{ trigger: "a", run: () => {}, isCheck: true },', '{ trigger: "a", run: () => {} },'),
        ("        run: () => {},\n        isCheck: true,\n    },", "        run: () => {},\n    },"),
    ],
}


@pytest.mark.parametrize(("rule", "before", "after"), [(name, *case) for name, cases in CASES.items() for case in cases])
def test_a_rule_rewrites_its_construct_and_nothing_the_second_time(rule, before, after):
    before, after = HEAD + before, HEAD + after
    assert BY_NAME[rule].apply(before, TOUR) == after
    assert BY_NAME[rule].apply(after, TOUR) == after
    assert ported_text(before, TOUR) == after


def test_steps_that_several_tours_share_are_rewritten_where_no_tour_is_registered():
    shared = 'import { stepUtils } from "@web_tour/tour_service/tour_utils";\nconst typed = { run: `text ${name}` };\n'
    expected = 'import { stepUtils } from "@web_tour/tour_utils";\nconst typed = { run: `edit ${name}` };\n'
    assert ported_text(shared, TOUR) == expected
    assert ported_text(expected, TOUR) == expected


def test_code_that_registers_no_tour_stays():
    text = 'const a = { test: true, isCheck: true, run: "text x" };\n'
    assert ported_text(text, TOUR) == text


def test_other_values_of_the_same_keys_stay():
    text = HEAD + '{ trigger: "a", run: "click", latest: true, content: "text of the test" },'
    assert ported_text(text, TOUR) == text


def test_every_rule_has_a_case():
    assert set(BY_NAME) == set(CASES)
