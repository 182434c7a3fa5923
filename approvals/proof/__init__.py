"""Proof for somebody who does not trust us: daily seals over all chains of decisions, and the checks of everything."""
