"""What all benchmarks share: the stage they run on, rounds in turns, figures, and the command."""
