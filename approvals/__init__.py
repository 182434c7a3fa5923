"""Who must decide, and what follows: chains, checks, reviews (in this line)."""
