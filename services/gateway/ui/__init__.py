"""The built page (`static/`, made from `ui/` by `make ui`) and what serves it."""
