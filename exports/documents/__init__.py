"""The papers that leave the house as PDF."""
