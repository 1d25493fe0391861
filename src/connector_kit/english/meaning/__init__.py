"""From the tree to a program: what every word means to the installed connectors, and what has to be asked."""
