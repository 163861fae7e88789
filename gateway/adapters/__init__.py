"""Everything of the gateway that names a vendor."""
