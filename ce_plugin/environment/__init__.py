"""The installed packages: versions, conflicts, and mmcv with its operators."""
