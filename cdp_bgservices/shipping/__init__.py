"""From the store that a recorder writes, the spool, to a store that many share.

A recorder writes an ordinary store in a file. A task of the same process sends what is new in it: the events first,
then the ledger that vouches for them. The far end may be away for days, or forget the last minutes: each event is there
once afterwards. Only ``Engine`` is known here: any store can be shipped to any other.
"""
