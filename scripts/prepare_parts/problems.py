"""What can be wrong with the input."""


class TableError(Exception):
    """The table cannot be used; nothing has been done."""


class ClipError(Exception):
    """One clip cannot be prepared; the others can."""
