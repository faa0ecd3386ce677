"""The engine: everything durable. `engine` is the loop of group commits, `inputs` and `arrived` what it is given, `work` one
transaction, `performing` what effects mean in it, `memory` what it keeps between them."""
