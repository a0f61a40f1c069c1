"""The only truth: every mail is a row, with what each step found and what was done about it."""
