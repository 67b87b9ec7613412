/** @odoo-module **/

import { registry } from "@web/core/registry";
import { openAudit } from "./tour_steps";

const tours = registry.category("web_tour.tours");

tours.add("audit_first_connector", {
    test: true,
    url: "/web",
    steps: () => [
        ...openAudit("audit_connector_menu"),
        {
            content: "without a connector the dashboard says how to begin",
            trigger: ".o_view_nocontent:contains('Connect your first platform')",
            run: () => {},
        },
    ],
});

tours.add("audit_test_message", {
    test: true,
    url: "/web",
    steps: () => [
        ...openAudit("audit_connector_menu"),
        {
            content: "open the connector",
            trigger: ".o_kanban_record:contains('Tax archive') strong",
            run: "click",
        },
        {
            content: "ask for a test message",
            trigger: ".o_form_view button[name='action_test']",
            run: "click",
        },
        {
            content: "the dialog says what will be sent, and sends it",
            trigger: "button[name='action_send']:contains('Send')",
            run: "click",
        },
        {
            content: "the answer stands in the same dialog",
            trigger: ".alert-success:contains('Tax archive took the test message')",
            run: () => {},
        },
        {
            content: "close the dialog",
            trigger: "button[special='cancel']",
            run: "click",
        },
        {
            content: "the connector is there again",
            trigger: "body:not(.modal-open) .o_form_view button[name='action_test']",
            run: () => {},
        },
    ],
});

tours.add("audit_replay_a_dead_letter", {
    test: true,
    url: "/web",
    steps: () => [
        ...openAudit("audit_connector_menu"),
        {
            content: "the card leads to what failed",
            trigger: ".o_kanban_record:contains('Tax archive'):contains('Needs Attention') a[name='action_open_dead']",
            run: "click",
        },
        {
            content: "choose all of it",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "send it again",
            trigger: ".o_control_panel button:contains('Send Again…')",
            run: "click",
        },
        {
            content: "say why",
            trigger: ".o_field_widget[name='reason'] input",
            run: "text The archive was repaired",
        },
        {
            content: "confirm",
            trigger: "button[name='action_replay']",
            run: "click",
        },
        {
            content: "nothing is left that failed",
            trigger: ".o_view_nocontent, .o_list_view:not(:has(.o_data_row))",
            run: () => {},
        },
    ],
});

tours.add("audit_cancel_a_delivery", {
    test: true,
    url: "/web",
    steps: () => [
        ...openAudit("audit_exchange_menu", "audit_delivery_menu"),
        {
            content: "open the message that failed",
            trigger: ".o_list_view .o_data_row:contains('Tax archive') td[name='event_name']",
            run: "click",
        },
        {
            content: "cancel it",
            trigger: ".o_form_view .o_form_statusbar button:contains('Cancel…')",
            run: "click",
        },
        {
            content: "say why",
            trigger: ".o_field_widget[name='reason'] input",
            run: "text Sent to the archive by hand",
        },
        {
            content: "confirm",
            trigger: "button[name='action_cancel']",
            run: "click",
        },
        {
            content: "the message says that it was cancelled, and why",
            trigger: ".o_form_view .o_field_widget[name='cancel_reason']:contains('Sent to the archive by hand')",
            run: () => {},
        },
    ],
});

tours.add("audit_tell_an_earlier_period", {
    test: true,
    url: "/web",
    steps: () => [
        ...openAudit("audit_connector_menu"),
        {
            content: "open the connector",
            trigger: ".o_kanban_record:contains('Tax archive') strong",
            run: "click",
        },
        {
            content: "tell it about what was before",
            trigger: ".o_form_view button:contains('Tell It About an Earlier Period')",
            run: "click",
        },
        {
            content: "the dialog counts what would be told",
            trigger: ".o_field_widget[name='count']:contains('2')",
            run: () => {},
        },
        {
            content: "queue it",
            trigger: "button[name='action_queue']",
            run: "click",
        },
        {
            content: "the run shows how far it is",
            trigger: ".o_form_view .o_field_widget[name='total']:contains('2')",
            run: () => {},
        },
    ],
});

tours.add("audit_decide_an_exception", {
    test: true,
    url: "/web",
    steps: () => [
        ...openAudit("audit_exception_menu"),
        {
            content: "open what waits for a decision",
            trigger: ".o_list_view .o_data_row td[name='title']:contains('Hafenkontor')",
            run: "click",
        },
        {
            content: "both values stand side by side",
            trigger:
                ".o_form_view .o_data_row:contains('old@hafenkontor.example'):contains('ap@hafenkontor.example')",
            run: () => {},
        },
        {
            content: "say why",
            trigger: ".o_form_view .o_field_widget[name='decision_note'] textarea",
            run: "text Called the supplier",
        },
        {
            content: "take the received value over",
            trigger: ".o_form_view .o_form_statusbar button[name='action_take_over']:contains('Take Over')",
            run: "click",
        },
        {
            content: "the exception is decided",
            trigger: ".o_form_view .o_field_widget[name='decided_by_id']:contains('Acc')",
            run: () => {},
        },
    ],
});
