"""The post: tells every account holder of a change before it takes effect, and can show that it did."""
