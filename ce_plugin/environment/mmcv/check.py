"""Checks mmcv's operators against values worked out by hand.

Its text is handed to a new interpreter (``python -c``), so that what is checked is what
a user's process would import, and a crash of it harms nobody. It imports nothing of
this package. Arguments: the devices to check on, all that there are if none
is given. It prints ``right`` and returns 0, or prints what is wrong and returns 1.
"""

import sys


def main() -> int:
    """Runs the check."""
    try:
        import torch
        from mmcv.ops import RoIAlign, nms
    except Exception as error:
        print(f"mmcv.ops does not import: {type(error).__name__}: {error}")
        return 1
    there = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    for device in sys.argv[1:] or there:
        for check, operator in ((check_nms, nms), (check_roi_align, RoIAlign)):
            try:
                fault = check(torch, operator, device)
            except Exception as error:
                fault = f"{type(error).__name__}: {error}"
            if fault:
                print(f"{operator.__name__} is wrong on {device}: {fault}")
                return 1
    print("right")
    return 0


def check_nms(torch, nms, device):
    """Of two boxes that share 81 of 119 (IoU 0.68), the lower score goes.

    The third touches nobody; the fourth is the upper half of the first (IoU 0.5) and
    stays at a threshold of 0.6. Boxes are handed over out of order.
    """
    boxes = [[20, 20, 30, 30], [1, 1, 11, 11], [0, 0, 10, 10], [0, 0, 10, 5]]
    boxes = torch.tensor(boxes, dtype=torch.float32, device=device)
    scores = torch.tensor([0.7, 0.8, 0.9, 0.6], device=device)
    kept, order = nms(boxes, scores, iou_threshold=0.6)
    if order.tolist() != [2, 0, 3]:
        return f"kept boxes {order.tolist()} instead of [2, 0, 3]"
    if not torch.allclose(kept[:, 4], scores[order]):
        return "scores do not belong to their boxes"
    return None


def check_roi_align(torch, roi_align, device):
    """Bins centred on pixels 1 and 2 of a plane, four samples at +-1/4 in each.

    Samples of a plane average to its value in the middle of the bin. Backwards, a
    sample at 3/4 gives 1/4 to pixel 0 and 3/4 to pixel 1, so that along one axis a bin
    gives its pixel 3/4 and each neighbour 1/8.
    """
    plane = torch.arange(16.0, device=device).reshape(1, 1, 4, 4).requires_grad_()
    roi = torch.tensor([[0.0, 1.0, 1.0, 3.0, 3.0]], device=device)
    layer = roi_align(output_size=2, sampling_ratio=2, aligned=True)
    out = layer(plane, roi)
    truth = torch.tensor([[5.0, 6.0], [9.0, 10.0]], device=device)
    if not torch.allclose(out[0, 0], truth):
        return f"forward gives {out.flatten().tolist()} instead of [5, 6, 9, 10]"
    # The upper right bin alone: rows of pixel 1, columns of pixel 2.
    out[0, 0, 0, 1].backward()
    rows = torch.tensor([1, 6, 1, 0], device=device) / 8
    columns = torch.tensor([0, 1, 6, 1], device=device) / 8
    if not torch.allclose(plane.grad[0, 0], torch.outer(rows, columns)):
        return f"backward gives {plane.grad.flatten().tolist()}"
    return None


if __name__ == "__main__":
    sys.exit(main())
