"""Linear and nearest-neighbour probes on the features of a frozen encoder."""
