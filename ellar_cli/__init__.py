"""ellar_cli: the tool that writes projects and modules."""
