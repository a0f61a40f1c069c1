"""Mail as values: read, judged and composed by pure functions. No clock, no socket, no file."""
