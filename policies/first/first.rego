package first

default decision := {"effect": "deny", "reason": "this agent only reads"}

decision := {"effect": "allow"} if input.tool in {"read_file", "list_dir", "search"}
