"""The dashboards, and pictures of them for those who have no Grafana at hand."""
