"""The books in a relational database. Only modules of this package name SQLAlchemy."""
