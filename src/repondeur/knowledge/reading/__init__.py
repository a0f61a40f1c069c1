"""Files as people keep their knowledge, one module a format: octets in, entries out."""
