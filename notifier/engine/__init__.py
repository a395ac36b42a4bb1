"""Who runs the sending loop; an engine knows no other engine."""
