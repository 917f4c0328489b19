"""Takes a delivery from arrival to acknowledgement, and takes back what a dead worker held."""
