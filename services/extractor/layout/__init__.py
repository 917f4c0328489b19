"""What a page looks like, worked out from positions alone: pure, and free of any PDF library."""
