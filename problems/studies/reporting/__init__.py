"""What the rows of a study say: figures, tables and pictures."""
