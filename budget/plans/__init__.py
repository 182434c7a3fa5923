"""The usage plans (用款计划) and their lines, as clerks write them."""
