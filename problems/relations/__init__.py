"""Boolean relations and circuits, run in any direction."""
