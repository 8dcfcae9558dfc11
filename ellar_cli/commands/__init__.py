"""The work of each command, callable without the parser."""
