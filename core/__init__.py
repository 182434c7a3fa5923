"""The plumbing that knows no budget: settings, database, clock, money, errors, history, jobs, notices, files, web."""
