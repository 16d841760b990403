"""`/graphql`: what is read, what is answered, and what is refused before it runs."""
