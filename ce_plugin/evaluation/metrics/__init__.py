"""Figures of predictions: accuracy, average precision, errors of filled holes."""
