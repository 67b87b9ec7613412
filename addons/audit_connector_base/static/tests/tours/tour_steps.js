/** @odoo-module **/

import { stepUtils } from "@web_tour/tour_service/tour_utils";

/**
 * Steps that the tours of the Audit app share. Each function returns a list of steps, to be spread into the steps of a
 * tour: `steps: () => [...openAudit("audit_log_root_menu", "audit_log_menu"), …]`.
 */

/** Open the Audit app, and in it one menu after the other, named by their ids in `views/menus.xml`. */
export function openAudit(...menus) {
    return [
        stepUtils.showAppsMenuItem(),
        {
            content: "open the Audit app",
            trigger: ".o_app[data-menu-xmlid='audit_connector_base.audit_menu']",
            run: "click",
        },
        ...openMenu(...menus),
    ];
}

/** Open one menu after the other in the Audit app, which is open already. */
export function openMenu(...menus) {
    return menus.map((menu) => ({
        content: `open ${menu}`,
        trigger: `[data-menu-xmlid='audit_connector_base.${menu}']`,
        run: "click",
    }));
}

/** Read on an empty list what it is for (a part of its title), and begin its first record. */
export function beginTheFirst(title) {
    return [
        {
            content: "the empty list says what it is for",
            trigger: `.o_view_nocontent:contains('${title}')`,
            run: () => {},
        },
        {
            content: "make the first one",
            trigger: ".o_list_button_add",
            run: "click",
        },
    ];
}

/** Write `text` into a field of the form. */
export function enterText(content, field, text) {
    return [
        {
            content,
            trigger: `.o_form_view div[name='${field}'] .o_input`,
            run: `text ${text}`,
        },
    ];
}

/** Open a log by its card, which says how it is (`state`, a part of it). */
export function openLog(name, state = "") {
    return [
        ...openAudit("audit_log_root_menu", "audit_log_menu"),
        {
            content: `the card of the log says ${state || "how it is"}`,
            trigger: `.o_kanban_record:contains('${name}')${state ? `:contains('${state}')` : ""}`,
            run: "click",
        },
    ];
}

/** Open an entry that was set aside, by the log whose card says that one is to be decided, and by why it was. */
export function openSetAside(log, reason) {
    return [
        ...openLog(log, "1 set aside"),
        {
            content: "open what was set aside",
            trigger: ".o_form_view button[name='action_open_set_aside']",
            run: "click",
        },
        {
            content: "open the entry",
            trigger: `.o_list_view .o_data_row td[name='reason']:contains('${reason}')`,
            run: "click",
        },
    ];
}

/** Open one of those who hold the signed notes. */
export function openHolder(name) {
    return [
        ...openAudit("audit_log_root_menu", "audit_log_anchor_target_menu"),
        {
            content: "open the holder",
            trigger: `.o_list_view .o_data_row td[name='name']:contains('${name}')`,
            run: "click",
        },
    ];
}

/** Answer the question whether it is really you, which stands before every sensitive action. */
export function confirmWith(password) {
    return [
        {
            content: "say that it is you",
            trigger: "div[name='password'] input",
            run: `text ${password}`,
        },
        {
            content: "confirm",
            trigger: "button[name='run_check']",
            run: "click",
        },
    ];
}
