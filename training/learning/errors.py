"""What stops learning, said to the person who started it."""


class LearningError(Exception):
    """The sentence says what happened and what to do next."""
