"""Checkpoints: weights are loaded, saved, exported and converted here."""

from ce_plugin.files import replace_file

from .export.config_lines import paste_lines
from .export.encoder import (
    encoder_meta,
    export_encoder,
    normalization_of,
    write_encoder,
)
from .formats.convert import convert
from .formats.import_encoder import import_encoder
from .hub.pretrained import from_pretrained, save_pretrained
from .key_styles import STYLES
from .load.encoder import build_encoder, load_encoder
from .load.initializer import PretrainedEncoder, load_encoder_weights
from .load.last_checkpoint import last_checkpoint
from .load.model import load_model
from .load.read import read_weights
from .load.scheme import load_from_package
from .load.validate import (
    check_state_dict,
    inspect_checkpoint,
    inspect_download,
    not_finite,
)
from .metadata import describe_run
from .serialization import restore_history, to_plain
from .versions import versions

__all__ = [
    "STYLES",
    "PretrainedEncoder",
    "build_encoder",
    "check_state_dict",
    "convert",
    "describe_run",
    "encoder_meta",
    "export_encoder",
    "from_pretrained",
    "import_encoder",
    "inspect_checkpoint",
    "inspect_download",
    "last_checkpoint",
    "load_encoder",
    "load_encoder_weights",
    "load_from_package",
    "load_model",
    "normalization_of",
    "not_finite",
    "paste_lines",
    "read_weights",
    "replace_file",
    "restore_history",
    "save_pretrained",
    "to_plain",
    "versions",
    "write_encoder",
]
