"""Pages about the house itself: notices, the history of what was done, and jobs."""
