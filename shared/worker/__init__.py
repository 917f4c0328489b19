"""Processes deliveries from arrival to acknowledgement, and reclaims the tasks of dead workers."""
