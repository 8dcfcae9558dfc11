"""What `ellar doctor` looks for: a file for each group of findings."""
