"""The ledger (台账): numbered entries of approved plans, never changed."""
