"""What was done, so that it can be shown later: sealed segments, signed checkpoints, proofs; sends nothing."""
