"""The project around: its modules and places, and what is added to it and taken out."""
