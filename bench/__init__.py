"""Measurements: each operation's server CPU beside a floor measured in the same run, as a ratio."""
