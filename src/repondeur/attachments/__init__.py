"""Text out of files that strangers send, read in a child that can be killed."""
