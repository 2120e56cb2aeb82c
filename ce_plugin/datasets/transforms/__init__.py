"""What happens to a picture between the file and the batch: crops, views, jitter."""
