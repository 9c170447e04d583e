"""Writes: one use case each. A button, a command, a job and a test call the same function."""
