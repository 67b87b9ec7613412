/** @odoo-module **/

import { registry } from "@web/core/registry";
import { beginTheFirst, confirmWith, openAudit } from "@audit_connector_base/../tests/tours/tour_steps";

const tours = registry.category("web_tour.tours");

/** Open one menu of Bank after the other. */
function openBank(...menus) {
    return menus.map((menu) => ({
        content: `open ${menu}`,
        trigger: `[data-menu-xmlid='audit_bank_sync.${menu}']`,
        run: "click",
    }));
}

tours.add("audit_bank_reconcile_an_account", {
    test: true,
    url: "/web",
    steps: () => [
        ...openAudit(),
        ...openBank("audit_bank_menu", "audit_bank_reconciliation_menu"),
        ...beginTheFirst("No bank account was reconciled yet"),
        {
            content: "choose the bank account",
            trigger: ".o_field_widget[name='journal_id'] input",
            run: "text Main account",
        },
        {
            content: "take it from the list",
            trigger: ".ui-autocomplete .dropdown-item:contains('Main account')",
            run: "click",
        },
        {
            content: "saving takes the figures, as of the end of last month",
            trigger: ".o_form_view button.btn-primary:contains('Take the Figures')",
            run: "click",
        },
        {
            content: "the payment that is not at the bank yet is listed",
            trigger: ".o_form_view .o_data_row:contains('Outstanding Payment'):contains('150.00')",
            run: () => {},
        },
        {
            content: "it ties",
            trigger: ".o_form_view tr:contains('The bank and the books tie')",
            run: () => {},
        },
        {
            content: "sign",
            trigger: ".o_form_statusbar button[name='action_sign']",
            run: "click",
        },
        {
            content: "the frozen copy is there",
            trigger: ".o_form_view .o_field_widget[name='frozen_state']:contains('As Signed')",
            run: () => {},
        },
    ],
});

tours.add("audit_bank_sign_a_mandate", {
    test: true,
    url: "/web",
    steps: () => [
        ...openAudit(),
        ...openBank("audit_bank_menu", "audit_bank_confirmation_menu"),
        {
            content: "open the confirmation",
            trigger: ".o_list_view .o_data_row td[name='bank_id']",
            run: "click",
        },
        {
            content: "the account is asked about",
            trigger: ".o_form_view .o_data_row:contains('Main account')",
            run: () => {},
        },
        {
            content: "sign the mandate",
            trigger: ".o_form_statusbar button[name='action_approve']",
            run: "click",
        },
        ...confirmWith("audit_test_rev"),
        {
            content: "now it may be sent",
            trigger: "body:not(.modal-open) .o_form_statusbar button[name='action_send']",
            run: "click",
        },
        {
            content: "and an answer may be handed in",
            trigger: ".o_form_statusbar button[name='action_take_answer']",
            run: "click",
        },
        {
            content: "the dialog says what comes of it",
            trigger: ".modal-body .o_field_widget[name='consequence']:contains('came through us')",
            run: () => {},
        },
    ],
});
