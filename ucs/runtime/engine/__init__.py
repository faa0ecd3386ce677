"""The engine: everything durable. `engine` is the loop of group commits, `inputs` and `arrived` what it is given, `work` one
transaction, `performing` what effects mean in it, `lines` and `raw` what it looks up and keeps, `memory` what stays between them."""
