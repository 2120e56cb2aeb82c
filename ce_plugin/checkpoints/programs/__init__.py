"""Networks as programs: ONNX and torch.export."""
