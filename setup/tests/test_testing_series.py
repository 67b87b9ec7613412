"""Which series `setup/test` runs on, and what it needs of the machine."""

from dataclasses import replace
from pathlib import Path

import pytest

from provision.failure import CannotStart, StepFailed
from provision.source_engine import Source
from testing import needs, series
from testing.needs import Need
from testing.report import Report


def source(number):
    return Source(number, Path("/odoo"), Path("/odoo/odoo-bin"), Path("/odoo"), (), f"the tree of {number}", "key")


@pytest.fixture
def machine(monkeypatch):
    """What can be had here, by series; `equip` refuses those in `unequipped`."""

    class Machine:
        here = ["17.0", "19.0"]
        unequipped = ()

    def available(wanted):
        found = [source(number) for number in wanted if number in Machine.here]
        return found, {number: "nothing was found" for number in wanted if number not in Machine.here}

    def equip(found, extras):
        assert "websocket-client" in extras
        if found.series in Machine.unequipped:
            raise CannotStart("The Python package index cannot be reached.")
        return found

    monkeypatch.setattr(series, "available_engines", available)
    monkeypatch.setattr(series, "equip", equip)
    return Machine


def test_every_series_that_can_be_had_runs_the_preferred_one_first(machine):
    report = Report()
    assert [found.series for found in series.find_engines((), report)] == ["17.0", "19.0"]
    assert report.engines == {"17.0": "the tree of 17.0", "19.0": "the tree of 19.0"}


def test_one_is_enough_and_the_other_is_named_with_the_reason(machine):
    machine.here = ["19.0"]
    report = Report()
    assert [found.series for found in series.find_engines((), report)] == ["19.0"]
    assert report.unavailable == {"17.0": "nothing was found"}
    assert report.passed()


def test_a_series_whose_libraries_cannot_be_installed_could_not_be_had(machine):
    machine.unequipped = ("17.0",)
    report = Report()
    assert [found.series for found in series.find_engines((), report)] == ["19.0"]
    assert "index cannot be reached" in report.unavailable["17.0"]


@pytest.mark.parametrize("here, wanted", [([], ()), (["17.0"], ("19.0",)), (["17.0"], ("17.0", "19.0"))])
def test_none_at_all_or_a_named_one_missing_ends_with_the_reason(machine, here, wanted):
    machine.here = here
    with pytest.raises(CannotStart, match="19.0 cannot be had: nothing was found"):
        series.find_engines(wanted, Report())


@pytest.fixture
def browser(tmp_path, monkeypatch):
    """A need for a program that is not there yet; returns its file."""
    need = Need("Browser", "browser-package", ("some-browser",), "addons", "the tours")
    monkeypatch.setattr(needs, "NEEDS", (need,))
    monkeypatch.setattr(needs, "_PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(needs.os, "geteuid", lambda: 0)
    monkeypatch.setattr(needs.shutil, "which", which(tmp_path, needs.shutil.which))
    return tmp_path / "some-browser"


def which(folder, real):
    return lambda name, path=None: "/usr/bin/apt-get" if name == "apt-get" else real(name, path=path)


def test_a_program_that_is_here_is_not_installed(browser, monkeypatch):
    browser.write_text("#!/bin/sh\n")
    browser.chmod(0o755)
    monkeypatch.setattr(needs, "_apt_get", None)
    assert needs.missing(("addons",)) == []


def test_root_installs_what_is_missing_from_its_package(browser, monkeypatch):
    def apt_get(package, log):
        assert package == "browser-package"
        browser.write_text("#!/bin/sh\n")
        browser.chmod(0o755)

    monkeypatch.setattr(needs, "_apt_get", apt_get)
    assert needs.missing(("addons",)) == []


def test_a_part_that_does_not_run_needs_nothing(browser):
    assert needs.missing(("lint", "core")) == []


def test_an_ordinary_user_is_told_in_one_line_what_is_not_tested(browser, monkeypatch):
    monkeypatch.setattr(needs.os, "geteuid", lambda: 1000)
    (line,) = needs.missing(("addons",))
    assert line == "the tours: Browser is not here and only root could install it (Debian package browser-package)"


def test_a_package_that_cannot_be_installed_is_a_skip_with_its_log(browser, monkeypatch):
    def apt_get(package, log):
        raise StepFailed("apt-get install failed")

    monkeypatch.setattr(needs, "_apt_get", apt_get)
    (line,) = needs.missing(("addons",))
    assert "could not be installed, see " in line and line.count("\n") == 0


def test_every_need_belongs_to_a_part():
    for need in needs.NEEDS:
        assert need.part in ("core", "addons", "e2e")
        assert replace(need, binaries=("no-such-program-anywhere",)).is_here() is False
