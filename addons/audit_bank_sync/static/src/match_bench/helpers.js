/** @odoo-module **/

const LESS_THAN_A_CENT = 0.0005;

/** Whether two amounts are the same but for the noise of floating point numbers. */
export function sameAmount(one, other) {
    return Math.abs(one - other) < LESS_THAN_A_CENT;
}

/** Whether a key belongs to a field that somebody is writing in. */
export function isTyping(target) {
    return Boolean(target.closest && target.closest("input, textarea, select, [contenteditable='true']"));
}
