"""Signing in and out, passwords, and sessions kept on the server."""
