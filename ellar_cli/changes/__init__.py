"""What a command changes: planned as a whole, shown, applied all or nothing, and recorded."""
