/** @odoo-module **/

import { registry } from "@web/core/registry";
import { openAudit } from "@audit_connector_base/../tests/tours/tour_steps";

function openBench() {
    return [
        ...openAudit(),
        ...["audit_bank_menu", "audit_match_bench_menu"].map((menu) => ({
            content: `open ${menu}`,
            trigger: `[data-menu-xmlid='audit_bank_sync.${menu}']`,
            run: "click",
        })),
    ];
}

/** Press a key, as soon as what the step before it did is there. */
function press(key, content, trigger) {
    return {
        content,
        trigger,
        run: () => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })),
    };
}

registry.category("web_tour.tours").add("audit_match_bench", {
    test: true,
    url: "/web",
    steps: () => [
        ...openBench(),
        press("?", "the oldest line is chosen; the keys are a key away", ".o_match_bench_total:contains('2 to match')"),
        press("Escape", "the keys are told", ".o_match_bench_help dt:contains('/')"),
        press("a", "its proposal says why; accept", ".o_match_bench_reasons:contains('The text names its number')"),
        press("u", "one remains; undo", ".o_match_bench_total:contains('1 to match')"),
        press("a", "two again; accept", ".o_match_bench_total:contains('2 to match')"),
        press("r", "the other one is short of a fee; refuse", ".o_match_bench_candidate:contains('Bank Fee')"),
        {
            content: "say why",
            trigger: ".o_match_bench_refuse input",
            run: "text Other delivery",
        },
        {
            content: "refuse",
            trigger: ".o_match_bench_refuse button",
            run: "click",
        },
        press("/", "nothing else is proposed for it; search", ".o_match_bench_none"),
        {
            content: "look for the open item by its amount",
            trigger: ".o_match_bench_find input",
            run: "text 250",
        },
        {
            content: "it is found",
            trigger: ".o_match_bench_found:contains('250.00')",
            run: "click",
        },
        press("f", "what is missing is shown; it is a fee", ".o_match_bench_split:contains('would stay open')"),
        press("a", "nothing is left; accept", ".o_match_bench_split:contains('Bank Fee')"),
        {
            content: "the empty bench says what to do",
            trigger: ".o_match_bench .o_view_nocontent:contains('Every bank line is matched')",
            run: () => {},
        },
    ],
});

registry.category("web_tour.tours").add("audit_match_bench_keys", {
    test: true,
    url: "/web",
    steps: () => [
        ...openBench(),
        press("n", "two lines pay one invoice, two more wait; next", ".o_match_bench_total:contains('4 to match')"),
        press("p", "the second one is chosen; previous", ".o_match_bench_line:nth-child(2).o_match_bench_current"),
        press("f", "the first one again; is there a fee?", ".o_match_bench_line:nth-child(1).o_match_bench_current"),
        {
            content: "its own part pays all of it, so there is none",
            trigger: ".o_match_bench_difference.text-success",
            run: () => {},
        },
        press("Escape", "no more than that part is in the split", ".o_match_bench_split tr:only-child:contains('60.00')"),
        press("a", "the proposal for both; accept", ".o_match_bench_candidate:contains('Together with the line')"),
        press("ArrowDown", "both are gone; choose another one", ".o_match_bench_total:contains('2 to match')"),
        press("ArrowUp", "the second one is chosen", ".o_match_bench_candidate:nth-child(2).o_match_bench_chosen"),
        press("ArrowDown", "the first one again", ".o_match_bench_candidate:nth-child(1).o_match_bench_chosen"),
        press("a", "and the second; accept", ".o_match_bench_candidate:nth-child(2).o_match_bench_chosen"),
        press("s", "the last one; split", ".o_match_bench_total:contains('1 to match')"),
        press("Escape", "the search is open, and the item in the split", ".o_match_bench_find"),
        press("w", "what is missing is shown; write it off", ".o_match_bench_split:contains('would stay open')"),
        press("a", "nothing is left; accept", ".o_match_bench_split:contains('Write-off')"),
        {
            content: "all is matched",
            trigger: ".o_match_bench .o_view_nocontent:contains('Every bank line is matched')",
            run: () => {},
        },
    ],
});
