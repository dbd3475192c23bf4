"""The DevTools protocol without I/O: bytes in, values out; values in, bytes out."""
