"""Which ellar-kit a project runs on, and where it gets it."""
