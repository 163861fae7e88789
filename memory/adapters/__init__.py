"""Where memory meets its vendors: an embedder, Chroma and SQL. Nothing outside names them."""
