"""What a run shows of itself: picture panels, curves and the result page."""
