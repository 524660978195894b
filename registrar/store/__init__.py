"""What persists: the schema, the vault that encrypts RACs, the store and its group commit."""
