"""From network outputs to fields: embeddings, exact conditions, frames."""
