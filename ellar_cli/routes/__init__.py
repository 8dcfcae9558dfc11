"""What `ellar routes` shows: a table, a tree by module, what answers one address, and all of it as a document."""
