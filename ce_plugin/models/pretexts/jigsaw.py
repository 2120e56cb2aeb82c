"""Jigsaw: in which order are the tiles of a picture?"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.models.draws import below, keys_of
from ce_plugin.registry import MODELS
from ce_plugin.structures import PretextSample

from .base import ViewsPretext, classification_losses
from .permutations import distant_permutations

GRID = 3
TILES = GRID * GRID
TILE_SHARE = 64 / 75
"""Side of a tile as a share of its cell's, as in the paper."""


@MODELS.register_module()
class Jigsaw(ViewsPretext):
    """Tells which of a set of permutations the tiles of a picture are in.

    Pictures are cut on the device into 3 x 3 cells, and a tile is drawn in each, so
    that edges do not fit together; each tile is normalised by its own mean and
    deviation, so that brightness does not either. The encoder sees single tiles.

    Args:
        backbone: The encoder; its last map is averaged over all positions.
        permutations: How many, see :func:`distant_permutations`.
        tile_channels: Width of what the head keeps of each tile (paper: 512).
        hidden_channels: Width of the head where the tiles come together (paper: 4096).
        data_preprocessor: Config of the :class:`PicturePreprocessor`.

    Raises:
        InputError: More permutations than there are; (loss) pictures below 6 px.

    Source: Noroozi and Favaro 2016, "Unsupervised learning of visual representations by
    solving jigsaw puzzles", section 3. Their shift of single colour channels is left
    out.
    """

    views = 1

    def __init__(
        self,
        backbone: dict | nn.Module,
        permutations: int = 100,
        tile_channels: int = 128,
        hidden_channels: int = 512,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(backbone, data_preprocessor, init_cfg)
        orders = torch.tensor(distant_permutations(permutations, TILES))
        self.register_buffer("orders", orders)
        channels = self.features.out_channels[-1]
        self.reduce = nn.Sequential(
            nn.Linear(channels, tile_channels), nn.ReLU(inplace=True)
        )
        self.head = nn.Sequential(
            nn.Linear(TILES * tile_channels, hidden_channels, bias=False),
            nn.BatchNorm1d(hidden_channels),
            nn.ReLU(inplace=True),
            nn.Linear(hidden_channels, permutations),
        )

    @staticmethod
    def cut(pictures: Tensor, keys: Tensor | None = None) -> Tensor:
        """Tiles of pictures (B, 3, H, W) in reading order, (B, 9, 3, t, t).

        Args:
            pictures: Normalised. The cells are a third of the shorter side.
            keys: Where a tile lies in its cell depends on these, (B,); None: each lies
                in the middle.
        """
        cell = min(pictures.shape[-2:]) // GRID
        side = round(cell * TILE_SHARE)
        if cell < 2:
            raise InputError(
                "Jigsaw needs pictures of at least 6 pixels to a side; end the "
                "dataset's transforms with a larger crop"
            )
        shape, device = (len(pictures), TILES, 2), pictures.device
        if keys is None:
            shift = torch.full(shape, (cell - side) // 2, device=device)
        else:
            shift = below(keys, shape[1:], stream=0, limit=cell - side + 1)
        grid = torch.arange(GRID, device=device) * cell
        corner = torch.cartesian_prod(grid, grid) + shift
        steps = torch.arange(side, device=device)
        rows = corner[..., :1] + steps
        columns = corner[..., 1:] + steps
        which = torch.arange(len(pictures), device=device)[:, None, None, None]
        tiles = pictures.permute(0, 2, 3, 1)[
            which, rows[..., :, None], columns[..., None, :]
        ]
        return tiles.permute(0, 1, 4, 2, 3)

    @staticmethod
    def normalize(tiles: Tensor) -> Tensor:
        """Each channel of each tile (..., t, t) with mean 0 and deviation 1."""
        mean = tiles.mean(dim=(-2, -1), keepdim=True)
        std = tiles.std(dim=(-2, -1), correction=0, keepdim=True)
        # A flat tile stays flat instead of becoming nothing but the noise of JPEG.
        return (tiles - mean) / (std + 1e-2)

    def scores(self, tiles: Tensor, order: Tensor) -> Tensor:
        """Scores (B, K) of tiles put into an order.

        Args:
            tiles: In reading order, (B, 9, 3, t, t).
            order: Which tile comes to which place, (B, 9).
        """
        # The encoder sees single tiles, so that their features can be put into order
        # in place of the tiles.
        features = self.reduce(self.embed(tiles.flatten(0, 1)))
        features = features.unflatten(0, (-1, TILES))
        order = order[..., None].expand(-1, -1, features.shape[-1])
        return self.head(features.gather(1, order).flatten(1))

    def loss(
        self,
        inputs: Tensor | Sequence[Tensor],
        data_samples: PretextSample | None = None,
    ) -> dict[str, Tensor]:
        """Cross entropy of one permutation of each picture (B, 3, H, W).

        Returns:
            ``loss_jigsaw``, and ``accuracy`` in [0, 1], for the log.
        """
        pictures = self.check_views(inputs)[0]
        keys = keys_of(data_samples, len(pictures), pictures.device)
        tiles = self.normalize(self.cut(pictures, keys))
        labels = below(keys, (), stream=1, limit=len(self.orders))
        scores = self.scores(tiles, self.orders[labels])
        return classification_losses("loss_jigsaw", scores, labels)

    @torch.no_grad()
    def predict(
        self,
        inputs: Tensor | Sequence[Tensor],
        data_samples: PretextSample | None = None,
    ) -> list[PretextSample]:
        """For each picture a sample with ``scores`` (K,), its tiles being in order."""
        pictures = self.check_views(inputs)[0]
        tiles = self.normalize(self.cut(pictures))
        order = self.orders[:1].expand(len(pictures), -1)
        batch = PretextSample() if data_samples is None else data_samples.new()
        batch.set_data(dict(scores=self.scores(tiles, order).float()))
        return batch.unstack()
