"""Rules for the tours of the web client; the rest of our JavaScript is the same on both series."""

import re

from .rule import Place, Rule

TOURS = ('"web_tour.tours"', '"@web_tour/')
"""What a file of tours holds, or one of steps for tours: the registry, or an import of theirs."""


def is_tour(text: str) -> bool:
    return any(sign in text for sign in TOURS)


def tour_utils(text: str, place: Place) -> str:
    return text.replace("@web_tour/tour_service/tour_utils", "@web_tour/tour_utils")


def edit_step(text: str, place: Place) -> str:
    return _in_tours(text, r"(\brun:\s*[\"'`])text ", r"\1edit ")


def test_key(text: str, place: Place) -> str:
    return _without_key(text, "test")


def check_key(text: str, place: Place) -> str:
    return _without_key(text, "isCheck")


def _without_key(text: str, key: str) -> str:
    text = _in_tours(text, rf"\n[ \t]*{key}: true,?[ \t]*(?=\n)", "")
    text = _in_tours(text, rf"\b{key}: true,\s*", "")
    return _in_tours(text, rf",?\s*\b{key}: true\b", "")


def _in_tours(text: str, pattern: str, new: str) -> str:
    return re.sub(pattern, new, text) if is_tour(text) else text


RULES = (
    Rule(
        "tour-utils",
        ".js",
        "17.0 keeps stepUtils in @web_tour/tour_service/tour_utils; 19.0 in @web_tour/tour_utils.",
        tour_utils,
    ),
    Rule("tour-edit", ".js", 'A tour step of 17.0 types with run: "text …"; 19.0 calls it "edit …".', edit_step),
    Rule("tour-test", ".js", "17.0 marks tours of tests with test: true; 19.0 refuses the key.", test_key),
    Rule("tour-check", ".js", "17.0 marks steps that only look with isCheck: true; 19.0 refuses the key.", check_key),
)
