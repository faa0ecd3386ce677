"""What operators and admins decide: the installation, the settings of a contact center, and the center built from them."""
