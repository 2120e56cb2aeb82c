"""Makes data ready: downloads, lists, shards, label masks, small copies."""
