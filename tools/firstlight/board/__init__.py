"""What goes onto a board: the compiled firmware."""
