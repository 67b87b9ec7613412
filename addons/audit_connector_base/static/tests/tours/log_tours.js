/** @odoo-module **/

import { registry } from "@web/core/registry";
import { confirmWith, enterText, openLog, openSetAside } from "./tour_steps";

const tours = registry.category("web_tour.tours");

tours.add("audit_verify_a_log", {
    test: true,
    url: "/web",
    steps: () => [
        ...openLog("Hafenkontor Log", "Never verified"),
        {
            content: "its form says what that means",
            trigger: ".o_form_view .o_field_widget[name='status_text']:contains('Whoever holds the last signed note')",
            run: () => {},
        },
        {
            content: "verify it",
            trigger: ".o_form_view button[name='action_verify']",
            run: "click",
        },
        {
            content: "the result stands there in a sentence",
            trigger: ".o_form_view .alert-success:contains('All 4 entries are what was sealed')",
            run: () => {},
        },
        {
            content: "go back to the log",
            trigger: ".o_back_button",
            run: "click",
        },
        {
            content: "which tells the result as well",
            trigger: ".o_form_view .o_field_widget[name='verified_state']:contains('Intact')",
            run: () => {},
        },
    ],
});

tours.add("audit_continue_a_stopped_log", {
    test: true,
    url: "/web",
    steps: () => [
        ...openLog("Hafenkontor Log", "Stopped"),
        {
            content: "the form says why, and what to do",
            trigger: ".o_form_view .alert-danger:contains('another number'):contains('or a copy beside it')",
            run: () => {},
        },
        {
            content: "it is a copy, so another log begins",
            trigger: ".o_form_view .o_form_statusbar button:contains('Begin a New Log')",
            run: "click",
        },
        {
            content: "say why",
            trigger: "div[name='reason'] textarea",
            run: "text A copy for trying the upgrade",
        },
        {
            content: "begin it",
            trigger: "button[name='action_confirm']:contains('Begin a New Log')",
            run: "click",
        },
        ...confirmWith("audit_test_adm"),
        {
            content: "the new log names the one that it continues",
            trigger: "body:not(.modal-open) .o_form_view .o_field_widget[name='predecessor_id']:contains('Hafenkontor Log')",
            run: () => {},
        },
    ],
});

tours.add("audit_ask_to_let_an_entry_in", {
    test: true,
    url: "/web",
    steps: () => [
        ...openSetAside("Hafenkontor Log", "Written without the key"),
        ...enterText("say why", "decision_note", "Recorded before the key was set"),
        {
            content: "ask for it",
            trigger: ".o_form_view button[name='action_ask']",
            run: "click",
        },
        {
            content: "it waits for somebody else",
            trigger: ".o_form_view .alert:contains('asks to let it in')",
            run: () => {},
        },
    ],
});

tours.add("audit_decide_on_an_entry_set_aside", {
    test: true,
    url: "/web",
    steps: () => [
        ...openSetAside("Hafenkontor Log", "Written without the key"),
        {
            content: "read why somebody asks for it",
            trigger: ".o_form_view div[name='asked_because']:contains('Recorded before the key was set')",
            run: () => {},
        },
        ...enterText("say why", "decision_note", "I looked it up in the plan of the migration"),
        {
            content: "let it in",
            trigger: ".o_form_view button[name='action_let_in']",
            run: "click",
        },
        {
            content: "the dialog says what it is",
            trigger: ".modal-body .o_field_widget[name='audit_content']:contains('Recorded before the key was set')",
            run: () => {},
        },
        ...confirmWith("audit_test_app"),
        {
            content: "it was let in",
            trigger: "body:not(.modal-open) .o_form_view .o_field_widget[name='decided_by_id']:contains('App')",
            run: () => {},
        },
    ],
});
