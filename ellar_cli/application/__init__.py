"""The person's application: which one it is, and loading it, with its mistakes told as theirs."""
