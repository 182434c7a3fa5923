"""What may be spent, and what is asked for: codes, allotments, windows, plans, ledger (in this line)."""
