"""The ledgers that leave the house as workbooks."""
