"""Whether studies keep what they promise: no row lost and none twice, whatever is killed."""
