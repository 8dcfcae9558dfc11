"""What can be typed next: completion for the shells, as quick as `--help`."""
