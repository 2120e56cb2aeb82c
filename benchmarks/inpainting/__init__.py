"""Fillers of holes, masks and pictures: the suite ``inpainting``."""
