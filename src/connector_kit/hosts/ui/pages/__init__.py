"""The pages, by subject. A page is a function from a visit to a response; ``routes`` names them all."""
