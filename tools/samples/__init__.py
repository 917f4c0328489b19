"""How the samples are written: one module per document, over a shared house style."""
