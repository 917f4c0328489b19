"""The bus: carries events between services."""
