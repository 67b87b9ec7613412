"""Which open items a bank line pays, as proposals with reasons. Nothing of Odoo is imported and nothing is written.

Read in this order: ``values`` (what goes in and comes out), ``engine`` (the steps), then the step of interest::

    references, words     what can be recognised in the texts of a line
    items, partners       what is looked for, by keys whose blocks cannot explode
    internal              own transfers, sweeps and repeated lines, before any partner is thought of
    evidence, amounts     what speaks for one item, and what the difference of an amount may be
    combining, gathering  one line for several items, several lines for one item
    deciding              who gets what, and what may happen without a person
    learning              what a confirmed match teaches

All amounts are whole numbers of the smallest unit of their currency; ``currencies`` converts at the border.
"""
