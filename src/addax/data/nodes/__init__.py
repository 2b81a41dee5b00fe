"""The nodes of datasets, one transformation per file."""
