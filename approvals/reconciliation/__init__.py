"""Nightly reconciliation (对账): what is stored twice must agree, or the rows that differ are shown."""
