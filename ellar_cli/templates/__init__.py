"""What new files are rendered from: our templates, and anybody's that are Copier's."""
