"""调减: what may be taken back from approved lines, and the page on which it is chosen."""
