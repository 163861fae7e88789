"""Staff: who may do what, how they sign in, and what the pages of the Studio and the Desk stand on."""
