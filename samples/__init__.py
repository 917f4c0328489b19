"""The sample documents and the program that writes them."""
