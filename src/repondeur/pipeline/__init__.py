"""The way of a mail: receive, screen, understand, decide, guard, act, settle. Start reading in path.py."""
