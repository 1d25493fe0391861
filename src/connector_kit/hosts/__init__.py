"""Entry points for platforms, one module each: they translate their form of request into an ActionCall and render the result."""
