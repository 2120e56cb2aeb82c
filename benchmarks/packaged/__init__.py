"""How the weights in ``ce_plugin/zoo`` are made from runs, and measured."""
