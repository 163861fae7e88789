"""The Desk: the pages of billing admins, over the books. What is reckoned is reckoned in `billing`, not here."""
