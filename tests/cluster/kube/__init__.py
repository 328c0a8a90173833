"""The test cluster from Python."""
