"""Where tasks run: this process or a pool of processes."""
