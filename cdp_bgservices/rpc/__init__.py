"""JSON-RPC 2.0 over a byte stream, a message a line: what is read and written, a peer that answers, a client that asks.

It knows no browser: what the methods are and do, the caller says.
"""
