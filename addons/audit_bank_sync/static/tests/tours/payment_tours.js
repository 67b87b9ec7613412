/** @odoo-module **/

import { registry } from "@web/core/registry";
import { confirmWith, openAudit } from "@audit_connector_base/../tests/tours/tour_steps";

const tours = registry.category("web_tour.tours");

const openBank = (menu) => [
    ...openAudit(),
    ...["audit_bank_menu", menu].map((name) => ({
        content: `open ${name}`,
        trigger: `[data-menu-xmlid='audit_bank_sync.${name}']`,
        run: "click",
    })),
];

tours.add("audit_payment_hold", {
    test: true,
    url: "/web",
    steps: () => [
        ...openBank("audit_bank_payment_menu"),
        {
            content: "the list says why the bank rejected it; open it",
            trigger: ".o_data_row:contains('Account closed (AC04)') td[name='name']",
            run: "click",
        },
        {
            content: "the form says who has to act",
            trigger: ".alert-danger:contains('Who has to act')",
            run: () => {},
        },
        {
            content: "the history tells what the bank said before",
            trigger: ".o_field_widget[name='audit_status_ids'] .o_data_row:contains('Customer and format checked')",
            run: () => {},
        },
        {
            content: "put it on hold",
            trigger: "button[name='action_put_on_hold']",
            run: "click",
        },
        {
            content: "say why",
            trigger: ".modal-body .o_field_widget[name='reason'] textarea",
            run: "text The account may have been closed for a reason",
        },
        {
            content: "do it",
            trigger: ".modal-footer button[special='save'], .modal-footer .o_form_button_save, .modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "the payment is on hold for everybody to see",
            trigger: ".alert-warning:contains('The account may have been closed for a reason')",
            run: () => {},
        },
    ],
});

tours.add("audit_payment_release", {
    test: true,
    url: "/web",
    steps: () => [
        ...openBank("audit_payment_hold_menu"),
        {
            content: "open what waits",
            trigger: ".o_data_row:contains('The account may have been closed') td[name='reason']",
            run: "click",
        },
        {
            content: "say what was found out",
            trigger: ".o_field_widget[name='release_note'] textarea",
            run: "text Ms. Weber named the new account",
        },
        {
            content: "release it",
            trigger: "button[name='action_release']",
            run: "click",
        },
        ...confirmWith("audit_test_app"),
        {
            content: "it is released",
            trigger: ".o_field_widget[name='approved_by_id']",
            run: () => {},
        },
    ],
});
