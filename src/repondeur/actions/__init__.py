"""Effects on the outside, one file a kind. Each is stored as planned before it is begun and is done at most once."""
