"""Errors that end in one line for the user."""


class InputError(ValueError):
    """What was asked for cannot be done; the message says what is wrong and what to do.

    The command line tools print the message on one line and exit with code 2. It is
    raised with exactly one argument, so that it survives the trip out of a data worker.
    """


class TrainingError(RuntimeError):
    """A run that cannot go on; the message says why and what has been kept.

    The command line tools print the message on one line and exit with code 1.
    """
