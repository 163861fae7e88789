"""The models this package can speak through. Vendors are named here and nowhere else."""
