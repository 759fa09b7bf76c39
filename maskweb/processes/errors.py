class StartError(Exception):
    """Why maskweb cannot start, as one sentence for people that also says what to do."""
