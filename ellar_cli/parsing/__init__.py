"""The command line, as typer parses it: a file for each group of commands. The work is in `commands`."""
