"""What the service knows about money."""
