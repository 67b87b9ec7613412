"""What the tests that walk through all models of the suite need to know of this addon's."""

BUTTONS = {
    "audit.match.proposal": {
        "action_accept",
        "action_refuse",
        "action_undo",
        "bench_book",
        "bench_candidates",
        "bench_find",
        "bench_lines",
        "bench_match",
    },
    "audit.match.settings": {"action_switch_off", "action_switch_on"},
}

FACTORIES = {
    "audit.match.settings": lambda maker: maker.env["audit.match.settings"]._of_company(maker.company),
}
