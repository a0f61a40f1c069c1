"""Enemies of the program, a decent assistant, and a judge of what has left that knows nothing of the program's code."""
