"""The working calendar (工作日历) of the bureau, and which fiscal years are closed (年结)."""
