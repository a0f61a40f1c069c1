"""The ids of mails in the addresses of pages. Pure."""

LARGEST = 2**63 - 1  # what a database can compare with


def id_in(text: str) -> int | None:
    """The id that an address names, or None when it cannot be one.

    >>> id_in("12"), id_in("-1"), id_in("9" * 5000)
    (12, None, None)
    """
    # The length comes first: int() raises ValueError beyond some thousand digits.
    if len(text) > len(str(LARGEST)) or not (text.isascii() and text.isdigit()):
        return None
    number = int(text)
    return number if number <= LARGEST else None
