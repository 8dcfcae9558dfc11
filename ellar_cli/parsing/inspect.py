"""The commands that look at the application."""
