"""compile, fit, evaluate, predict: losses and metrics by output, data by batch, steps in compiled chunks."""
