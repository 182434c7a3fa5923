"""Closing a fiscal year (年结) and what stands in its way."""
