"""Opens, runs and closes a process with one service, or with all of them."""
