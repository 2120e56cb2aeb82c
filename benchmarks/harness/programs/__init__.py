"""Programs that the runner starts in processes of their own."""
