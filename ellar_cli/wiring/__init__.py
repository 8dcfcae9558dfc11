"""Edits of Python files that leave every other byte as it was."""
