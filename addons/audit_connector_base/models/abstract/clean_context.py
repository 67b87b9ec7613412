def without_context(records, **further):
    """``records`` without what the caller put into the context, such as defaults, but with the language.

    For what is made beside the work of a person and must not be theirs to steer. ``further``: keys of our own.
    """
    return records.with_env(records.env(context={"lang": records.env.lang, **further}))
