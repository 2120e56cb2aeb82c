"""Pictures of a collection whose surroundings of a hole are alike."""
