"""The approval chains (审批链): which steps a plan passes, and who sits at each."""
