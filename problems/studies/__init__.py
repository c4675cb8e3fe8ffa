"""Studies: instances x settings x seeds, each cell solved once, whatever is killed meanwhile."""
