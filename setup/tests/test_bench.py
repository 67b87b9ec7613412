import http.client
import json
import types

import pytest

from benchmarks.frame import cli
from benchmarks.frame.comparison import Goal
from benchmarks.frame.limits import Figures, Limits
from benchmarks.frame.rates import Rate, compare_rates
from benchmarks.frame.receiver import Receiver
from benchmarks.frame.rounds import Sample, compare, in_turns
from provision.failure import StepFailed


def rounds_of(*pairs):
    return [([Sample(left, left)] * 3, [Sample(right, right)] * 3) for left, right in pairs]


def benchmark(*ratios, goal=None, broken=None):
    def run(stage):
        for ratio in ratios:
            yield compare("work", "anchor", "ours", rounds_of((0.010, 0.010 * ratio)), goal)
        if broken:
            raise broken

    return types.SimpleNamespace(TITLE="Some work", run=run)


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def run(known, *arguments):
        monkeypatch.setattr(cli, "_known", lambda: known)
        return cli.main(list(arguments))

    return run


def test_the_ratio_is_the_median_of_the_rounds_own_ratios():
    found = compare("work", "anchor", "ours", rounds_of((1, 1.1), (5, 6), (2, 2.6)))
    assert found.ratio == pytest.approx(1.2)
    assert (found.anchor.value, found.ours.value) == (2000, 2600)
    assert (found.ours.low, found.ours.high) == (1100, 6000)


def test_of_rates_the_ratio_is_how_many_times_as_much_ours_does():
    found = compare_rates("work", "anchor", "ours", [(Rate(80, 0.02), Rate(800, 0.001))] * 2, Goal(at_least=10))
    assert (found.ratio, found.met) == (10, True)
    assert found.further_ratios == {"ms CPU each": pytest.approx(0.05)}
    assert "goal ≥ 10 × anchor: met" in "\n".join(found.lines())


def test_the_receiver_counts_distinct_messages_over_a_connection_that_stays_open():
    with Receiver() as receiver:
        connection = http.client.HTTPConnection("127.0.0.1", receiver.port, timeout=10)
        for message_id, body in (("a", b"{}"), ("b", b"x" * 200_000), ("a", b"{}"), (None, b'[{"id": "c"}]')):
            connection.request("POST", "/events", body, {"Webhook-Id": message_id} if message_id else {})
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (204, b"")
        connection.close()
        figures = receiver.wait_for(3, 5)
        assert (figures["messages"], figures["distinct"]) == (4, 3)
        assert 0 < figures["first"] <= figures["last"]
        receiver.forget()
        assert receiver.figures()["messages"] == 0


def test_the_sides_take_turns_after_a_round_to_warm_up():
    asked = []
    in_turns(3, lambda: asked.append("anchor"), lambda: asked.append("ours"))
    assert asked == ["anchor", "ours", "anchor", "ours", "ours", "anchor", "anchor", "ours"]


@pytest.mark.parametrize(
    "goal, ratio, met",
    [
        (Goal(at_most=1.15), 1.15, True),
        (Goal(at_most=1.15), 1.16, False),
        (Goal(at_least=10), 10, True),
        (Goal(at_least=10), 9, False),
    ],
)
def test_a_goal_is_an_upper_or_a_lower_bound(goal, ratio, met):
    assert goal.met(ratio) is met


@pytest.mark.parametrize("bounds", [{}, {"at_most": 1, "at_least": 1}])
def test_a_goal_has_exactly_one_bound(bounds):
    with pytest.raises(ValueError, match="one bound"):
        Goal(**bounds)


def test_a_missed_goal_is_told_and_fails_only_a_strict_run(run, capsys):
    known = {"work": benchmark(1.0, 1.3, goal=Goal(at_most=1.15))}
    assert run(known, "work") == 0
    told = capsys.readouterr().out
    assert "goal ≤ 1.15 × anchor: met" in told
    assert "goal ≤ 1.15 × anchor: MISSED" in told
    assert run(known, "work", "--strict") == 1
    assert run({"work": benchmark(1.0, goal=Goal(at_most=1.15))}, "--strict") == 0


def test_figures_with_a_limit_are_told_the_highest_first_and_each_has_to_keep_it(run, capsys):
    def limits(slowest):
        figures = {"Events": Figures(20, 15, 30), "Deliveries": Figures(slowest, 100, 400)}
        return types.SimpleNamespace(TITLE="Lists", run=lambda stage: iter([Limits("Lists", "ms", 300, figures)]))

    assert run({"listing": limits(299)}, "--strict") == 0
    told = capsys.readouterr().out
    assert told.index("Deliveries") < told.index("Events")
    assert "goal < 300 ms each: met" in told
    assert run({"listing": limits(300)}, "--strict") == 1
    assert "MISSED" in capsys.readouterr().out


def test_a_comparison_without_goal_is_neither_met_nor_missed(run):
    assert run({"work": benchmark(9.0)}, "--strict") == 0


@pytest.mark.parametrize("error", [StepFailed("the server ended"), ZeroDivisionError("division by zero")])
def test_a_broken_benchmark_fails_the_run_and_the_others_still_run(run, capsys, error):
    assert run({"bad": benchmark(1.0, broken=error), "good": benchmark(1.0)}) == 1
    told = capsys.readouterr().out
    assert "BROKEN" in told
    assert "no goal: for information" in told


def test_all_figures_go_into_a_file(run, tmp_path):
    run({"work": benchmark(1.3, goal=Goal(at_most=1.15))}, "--json", str(tmp_path / "out.json"))
    written = json.loads((tmp_path / "out.json").read_text())
    assert written["machine"]["cores"] >= 1
    (comparison,) = written["benchmarks"]["work"]["comparisons"]
    assert comparison["met"] is False
    assert comparison["ratio"] == pytest.approx(1.3)
    assert comparison["ours"]["rounds"] == [pytest.approx(13)]


@pytest.mark.parametrize(
    "arguments", [["nothing"], ["--rounds", "0"], ["--json", "/no/such/folder/x"], ["--series", "1"]]
)
def test_what_cannot_be_run_is_refused_before_anything_starts(run, arguments):
    with pytest.raises(cli.CannotStart):
        run({"work": benchmark(1.0)}, *arguments)


def test_two_benchmarks_do_not_run_at_the_same_time(run):
    def meanwhile(stage):
        with pytest.raises(cli.CannotStart, match="runs already"):
            run({"work": benchmark(1.0)})
        yield from benchmark(1.0).run(stage)

    assert run({"outer": types.SimpleNamespace(TITLE="Outer", run=meanwhile)}) == 0
    assert run({"work": benchmark(1.0)}) == 0


def test_every_file_of_the_folder_is_a_benchmark():
    for module in cli._known().values():
        assert module.TITLE
        assert callable(module.run)
