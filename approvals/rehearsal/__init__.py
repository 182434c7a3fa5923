"""演练: who would get a plan by a chain that is not in force, and what a month's plans would have met with it."""
