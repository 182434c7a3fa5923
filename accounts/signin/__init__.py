"""Coming in and going out: passwords, lockout, the session."""
