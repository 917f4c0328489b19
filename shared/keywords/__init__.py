"""The keyword index, in a folder or in memory."""
