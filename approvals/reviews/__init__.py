"""The reviews: submit, decide, return, withdraw, approve, and what follows from each."""
