"""What the project says of itself is true: pages, words, decisions, threats, commands. `project` knows where things lie."""
