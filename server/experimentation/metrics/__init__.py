"""What experiments measure, and how they are to be judged: metrics and plans. Computes no result."""
