"""Every weight that enters or leaves passes here."""

from .check import check_state_dict, inspect_checkpoint
from .export import encoder_meta, export_encoder, paste_lines
from .files import last_checkpoint, replace_file
from .plain import restore_history, to_plain

__all__ = [
    "check_state_dict",
    "encoder_meta",
    "export_encoder",
    "inspect_checkpoint",
    "last_checkpoint",
    "paste_lines",
    "replace_file",
    "restore_history",
    "to_plain",
]
