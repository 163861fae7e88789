"""Where vendors are met: the SQL tables of this package and the catalogue kept in them."""
