"""What is installed here: versions, conflicts, and mmcv with its operators."""
