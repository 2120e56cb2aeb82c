"""Losses of classifiers: scores in, one number out."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.models.layers import full_precision
from ce_plugin.registry import MODELS


@MODELS.register_module()
class MultiLabelLoss(nn.Module):
    """Sigmoid cross-entropy, summed over the classes, divided by the batch size.

    For pictures with several classes. Labels are 1 (there), -1 (not there) and 0
    (ignored: VOC's difficult ones), and an ignored entry has no part in the loss, nor
    in what it is divided by.

    Returns (forward):
        A scalar: the mean over B of the sum over K.

    Raises:
        InputError: (when called) labels of another shape than the scores (B, K).

    Source: the VOC 2007 classification protocol of Krahenbuhl et al. 2016, by which
    the paper's table 2 is compared.

    Example:
        >>> import torch
        >>> labels = torch.tensor([[1, -1, 0]])
        >>> MultiLabelLoss()(torch.zeros(1, 3), labels)  # 2 log 2
        tensor(1.3863)
    """

    def forward(self, scores: Tensor, labels: Tensor) -> Tensor:
        if labels.shape != scores.shape:
            raise InputError(
                f"the labels of a picture have shape {tuple(labels.shape[1:])}, the "
                f"head has num_classes={scores.shape[1]}; MultiLabelLoss wants one "
                "label for each class"
            )
        entries = F.binary_cross_entropy_with_logits(
            full_precision(scores), (labels > 0).float(), reduction="none"
        )
        return (entries * (labels != 0)).sum() / len(scores)


@MODELS.register_module()
class CrossEntropyLoss(nn.Module):
    """Softmax cross-entropy for pictures with one class each, mean over the batch.

    Args:
        label_smoothing: In [0, 1).

    Raises:
        InputError: ``label_smoothing`` out of range; (when called) a label that the
            head has no output for.

    Example:
        >>> import torch
        >>> CrossEntropyLoss()(torch.zeros(1, 2), torch.tensor([1]))  # log 2
        tensor(0.6931)
    """

    def __init__(self, label_smoothing: float = 0.0) -> None:
        super().__init__()
        if not 0 <= label_smoothing < 1:
            raise InputError(f"label_smoothing is in [0, 1), not {label_smoothing}")
        self.label_smoothing = label_smoothing

    def forward(self, scores: Tensor, labels: Tensor) -> Tensor:
        """The loss of (B, K) scores; labels are (B,) indices or (B, K) shares."""
        check_labels(scores, labels)
        return F.cross_entropy(
            full_precision(scores), labels, label_smoothing=self.label_smoothing
        )


@MODELS.register_module()
class BinaryCrossEntropyLoss(nn.Module):
    """One yes-no question a class, mean over classes and batch: timm's recipes.

    Args:
        threshold: Where pictures are mixed, a class counts as there in full if its
            share exceeds this; None: the shares themselves are the targets.

    Raises:
        InputError: ``threshold`` out of [0, 1); (when called) a label that the head
            has no output for.

    Source: Wightman et al. 2021, section 4.

    Example:
        >>> import torch
        >>> BinaryCrossEntropyLoss()(torch.zeros(1, 4), torch.tensor([1]))  # log 2
        tensor(0.6931)
    """

    def __init__(self, threshold: float | None = None) -> None:
        super().__init__()
        if threshold is not None and not 0 <= threshold < 1:
            raise InputError(f"threshold is in [0, 1) or None, not {threshold}")
        self.threshold = threshold

    def forward(self, scores: Tensor, labels: Tensor) -> Tensor:
        """The loss of (B, K) scores; labels are (B,) indices or (B, K) shares."""
        check_labels(scores, labels)
        scores = full_precision(scores)
        if labels.ndim == 1:
            # Not one_hot, which looks at the labels once more.
            classes = torch.arange(scores.shape[1], device=labels.device)
            labels = (labels[:, None] == classes).to(scores.dtype)
        if self.threshold is not None:
            labels = labels > self.threshold
        return F.binary_cross_entropy_with_logits(scores, labels.to(scores.dtype))


def check_labels(scores: Tensor, labels: Tensor) -> None:
    """Refuses labels that do not fit to ``scores`` (B, K): (B,) in 0..K-1, or (B, K).

    Raises:
        InputError: Says which label, or which shape.
    """
    batch, classes = scores.shape
    if labels.ndim == 2:
        if labels.shape != scores.shape or not labels.is_floating_point():
            raise InputError(
                f"labels of shape {tuple(labels.shape)} for {classes} classes; a "
                "picture has one class here, MultiLabelLoss takes several"
            )
        return
    if labels.shape != (batch,):
        raise InputError(f"labels of shape {tuple(labels.shape)}, not ({batch},)")
    # Those on a device were looked at on their way there.
    if labels.device.type == "cpu":
        check_range(labels, classes)


def check_range(labels: Tensor, classes: int) -> None:
    """Refuses labels (B,) outside 0..``classes`` - 1; they are on the host.

    Raises:
        InputError: Says which label.
    """
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= classes:
        wrong = low if low < 0 else high
        raise InputError(
            f"a picture has the label {wrong}, but the head has num_classes={classes}; "
            f"set model.head.num_classes to the number of classes in the data"
        )
