"""The one exception that a user is meant to read."""


class UserError(Exception):
    """A mistake of the user's, or a thing of theirs that does not answer.

    The text names the thing and the remedy in one line; the command line prints it and exits with status 2.
    """
