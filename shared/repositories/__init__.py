"""Small functions over a `Session`, one file a table: create, get, list, update, count, delete."""
