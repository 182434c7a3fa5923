"""Messages outside of the page: how each person wants them, the robots of groups, and the jobs that send them."""
