"""Batch norms' running statistics, taken anew on whole pictures."""

from __future__ import annotations

from mmengine.hooks import Hook

from ce_plugin.errors import InputError
from ce_plugin.models.norm_statistics import take_norm_statistics
from ce_plugin.registry import HOOKS
from ce_plugin.unwrap import unwrap


@HOOKS.register_module()
class NormStatisticsHook(Hook):
    """Recomputes batch norm statistics on whole pictures before the export.

    Running statistics of training are those of pictures with holes, which no task
    downstream has. They are replaced by the mean over batches of training crops; no
    weight changes. It is done after the last step, before the encoder is written.

    Args:
        pictures: How many crops, spread evenly over the training dataset.
        batch_size: Pictures in one forward pass.

    Raises:
        InputError: A number below 1.

    Source: re-estimation as in Wu and Johnson 2021, "Rethinking 'Batch' in BatchNorm",
    section 3.
    """

    # After training and before the export.
    priority = "HIGH"

    def __init__(self, pictures: int = 1024, batch_size: int = 64) -> None:
        if pictures < 1 or batch_size < 1:
            raise InputError(
                f"NormStatisticsHook: pictures={pictures} and batch_size={batch_size} "
                "are at least 1"
            )
        self.pictures, self.batch_size = pictures, batch_size

    def after_train(self, runner) -> None:
        """Every process sees the same pictures and comes to the same statistics."""
        model = unwrap(runner.model)
        crops = training_crops(runner, model, self.pictures, self.batch_size)
        take_norm_statistics(unwrap(model.backbone), crops)


def training_crops(runner, model, pictures: int, batch_size: int):
    """Whole training crops, normalised, batch by batch; the same in every process.

    Args:
        runner: The runner, whose training dataset gives the pictures.
        model: The model, whose preprocessor normalises.
        pictures: How many, spread evenly; where there are fewer pictures, each is drawn
            again as in later epochs.
        batch_size: Pictures in one forward pass.
    """
    dataset = runner.train_dataloader.dataset
    collate = runner.train_dataloader.collate_fn
    size = len(dataset)
    items = [
        (i * size // pictures % size if pictures < size else i % size, i // size)
        for i in range(pictures)
    ]
    for start in range(0, len(items), batch_size):
        chosen = [dataset[item] for item in items[start : start + batch_size]]
        data = model.data_preprocessor(collate(chosen), False)
        samples, inputs = data["data_samples"], data["inputs"]
        if samples is not None and "target" in samples:
            yield samples.target
        elif isinstance(inputs, list):
            # Views: the first of each picture.
            yield inputs[0]
        else:
            yield inputs
