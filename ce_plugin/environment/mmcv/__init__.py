"""mmcv with its operators: built, fetched and checked."""
