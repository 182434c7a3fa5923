"""What leaves the house: documents (PDF), ledgers (Excel), exchange (national tables)."""
