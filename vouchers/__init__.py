"""Which paper proves it: readers (what machines read) → papers (the register of source vouchers)."""
