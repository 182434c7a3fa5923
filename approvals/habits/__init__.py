"""What was returned and cut most often, by unit, office and reason: for reviewers, and as hints before submission."""
