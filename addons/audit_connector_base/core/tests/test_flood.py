from odoo.addons.audit_connector_base.core.flood import Gate, shown


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def test_the_first_of_a_kind_are_told_one_by_one_and_a_flood_together():
    clock = Clock()
    gate = Gate(one_by_one=3, pause=2, clock=clock)
    assert [gate.due("key", "why") for _time in range(6)] == [1, 1, 1, 1, 0, 0]
    clock.now += 2
    assert gate.due("key", "why", together=True) == 3, "with what was held back"
    assert gate.due("other", "why") == 1


def test_what_is_to_be_told_together_is_held_back_from_the_second_on():
    clock = Clock()
    gate = Gate(clock=clock)
    assert [gate.due("key", "rate", together=True) for _time in range(3)] == [1, 0, 0]
    clock.now += 2
    assert gate.due("key", "rate", count=5, together=True) == 7


def test_what_would_forge_a_line_of_the_log_is_not_shown():
    assert shown("a\nb\x1b[31m\u202ec") == "a?b?[31m?c"
