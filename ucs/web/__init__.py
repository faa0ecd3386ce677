"""Two plain pages over the native API: the customer's and the agent's. No build step, no dependency; `pages.py` serves them."""
