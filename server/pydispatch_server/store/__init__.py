"""Where records are kept. `interface` says what a store does, `sql` does it; nothing else in the server speaks SQL."""
