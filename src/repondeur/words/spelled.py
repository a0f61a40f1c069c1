"""Are two words the same but for a slip of the finger? Pure."""

SHORTEST = 5  # letters; shorter words differ by one letter all the time


def alike(one: str, other: str) -> bool:
    """Equal, or one letter added, left out, changed, or two neighbours swapped, after the first letter. Folded words.

    >>> alike("adresse", "adrese"), alike("instalation", "installation"), alike("mail", "main")
    (True, True, False)
    """
    if one == other:
        return True
    if min(len(one), len(other)) < SHORTEST or abs(len(one) - len(other)) > 1 or one[0] != other[0]:
        return False
    start = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    if len(one) != len(other):
        longer, shorter = (one, other) if len(one) > len(other) else (other, one)
        return longer[start + 1 :] == shorter[start:]
    swapped = one[start : start + 2] == other[start : start + 2][::-1]
    return one[start + 1 :] == other[start + 1 :] or (swapped and one[start + 2 :] == other[start + 2 :])
