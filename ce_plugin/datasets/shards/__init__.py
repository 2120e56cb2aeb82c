"""Pictures in tar and zip files."""
