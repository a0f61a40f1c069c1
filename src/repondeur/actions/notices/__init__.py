"""How each kind of target is written to: one file a kind."""
