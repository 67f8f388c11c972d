"""Planning from what is stored: baselines of an environment, drafts with their plans. Computes no baseline."""
