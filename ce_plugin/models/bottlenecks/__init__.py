"""Bottlenecks, between encoder and decoder."""

from .channel_wise_fc import ChannelWiseFC
from .conv import ConvBottleneck

__all__ = ["ChannelWiseFC", "ConvBottleneck"]
