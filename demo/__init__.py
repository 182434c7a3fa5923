"""The demonstration: a sample district with invented people, money and papers, loaded into an empty database."""
