"""What the command line of `setup/test` means."""

import pytest

from provision.failure import CannotStart
from provision.suite import REPOSITORY
from testing.options import PARTS, chosen_targets, parse

ADDONS = REPOSITORY / "addons"
BASE = ADDONS / "audit_connector_base"
TARGETS = [BASE / "tests", ADDONS / "audit_evidence" / "tests"]


def test_without_arguments_everything_runs_on_what_can_be_had():
    asked = parse([])
    assert (asked.series, asked.parts, asked.pytest, asked.paths) == ((), PARTS, (), ())


@pytest.mark.parametrize("arguments", [["--series", "19.0,17.0"], ["--series", "19.0", "--series=17.0,19.0"]])
def test_series_are_named_in_a_list_or_one_by_one(arguments):
    assert parse(arguments).series == ("19.0", "17.0")


def test_parts_run_in_their_own_order():
    assert parse(["--only", "addons", "--only", "lint"]).parts == ("lint", "addons")


def test_an_unknown_series_is_one_sentence_and_exit_code_2():
    with pytest.raises(CannotStart, match="18.0 is not a series this suite runs on: choose 17.0 or 19.0"):
        parse(["--series", "18.0"])


@pytest.mark.parametrize("arguments", [["--only", "everything"], ["--fast"]])
def test_what_is_no_argument_of_ours_ends_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 2
    assert "setup/test [--series" in capsys.readouterr().err


def test_what_follows_two_dashes_goes_to_pytest_and_paths_are_told_apart(monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    asked = parse(["--only", "core", "--", "-k", "tests", "-x", "--lf", "setup/tests/test_testing_options.py::test_x"])
    assert asked.pytest == ("-k", "tests", "-x", "--lf")
    assert asked.paths == ("setup/tests/test_testing_options.py::test_x",)


def test_a_path_that_is_not_there_is_one_sentence_and_exit_code_2():
    with pytest.raises(CannotStart, match=r"There is no addons/nowhere\.py to test"):
        parse(["--", "addons/nowhere.py"])


def test_without_paths_a_run_takes_all_its_targets():
    assert chosen_targets([], TARGETS) == [str(target) for target in TARGETS]


def test_a_run_takes_what_lies_inside_of_its_targets_and_nothing_else(monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    node = "addons/audit_connector_base/tests/test_log.py::TestLog::test_x"
    assert chosen_targets([node, "setup/tests"], TARGETS) == [f"{REPOSITORY}/{node}"]
    assert chosen_targets(["setup/tests"], TARGETS) == []


def test_a_folder_stands_for_the_targets_in_it(monkeypatch):
    monkeypatch.chdir(ADDONS)
    assert chosen_targets(["audit_evidence"], TARGETS) == [str(TARGETS[1])]
    assert chosen_targets(["."], TARGETS) == [str(target) for target in TARGETS]


def test_a_path_of_the_sources_means_the_same_file_of_the_ported_copy(tmp_path, monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    copy = tmp_path / "audit_connector_base" / "tests"
    moved = (ADDONS, tmp_path)
    assert chosen_targets(["addons/audit_connector_base/tests/test_log.py"], [copy], moved) == [f"{copy}/test_log.py"]
    assert chosen_targets(["addons"], [copy], moved) == [str(copy)]
