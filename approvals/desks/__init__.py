"""Desks at which nobody sits any more while plans wait there (无人办理)."""
