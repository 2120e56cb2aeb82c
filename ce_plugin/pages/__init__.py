"""Pages for people: a run's result, the gallery of results, the demo."""
