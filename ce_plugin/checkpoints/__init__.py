"""Every weight that enters or leaves passes here."""

from .check import check_state_dict, inspect_checkpoint
from .convert import convert
from .describe import describe_run
from .export import encoder_meta, export_encoder, normalization_of, write_encoder
from .files import last_checkpoint, replace_file
from .foreign import import_encoder
from .hub import from_pretrained, save_pretrained
from .load import build_encoder, load_encoder
from .model import load_model
from .names import STYLES
from .paste import paste_lines
from .plain import restore_history, to_plain
from .pretrained import PretrainedEncoder, load_encoder_weights
from .read import read_weights
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
    "last_checkpoint",
    "load_encoder",
    "load_encoder_weights",
    "load_model",
    "normalization_of",
    "paste_lines",
    "read_weights",
    "replace_file",
    "restore_history",
    "save_pretrained",
    "to_plain",
    "versions",
    "write_encoder",
]
