# The house rules of the demo: what the guard does not look at.
#  1. A session that the control topic put into the mode "read-only" only reads. (A mode in an event of the fleet is a
#     claim: it is in input.claims, and no rule here believes it.)
#  2. Secrets in the results of tools are masked before an agent sees them.
# Entrypoint: house/decision. Match it to `types: [tool_call, tool_result]` and give it `needs: [secrets]`.
package house

# Whatever no rule below allows is denied, a missing value too: that is how a policy fails closed.
default decision := {"effect": "deny", "reason": "the house rules cannot judge this"}

decision := {"effect": "deny", "reason": "the session is read-only"} if {
	judgeable
	frozen
}

decision := {"effect": "redact", "reason": "secrets in a result are masked", "patches": patches} if {
	judgeable
	not frozen
	count(patches) > 0
}

decision := {"effect": "allow"} if {
	judgeable
	not frozen
	count(patches) == 0
}

# The host reports at most 64 secrets an event: where it found that many there may be more.
judgeable if {
	is_object(input.session)
	is_array(input.facts.secrets)
	count(input.facts.secrets) < 64
}

frozen if {
	input.type == "tool_call"
	input.session.mode == "read-only"
	not reads
}

reads if input.tool in {"read_file", "list_dir", "search"}

patches := [{"op": "replace", "path": path, "value": "[redacted]"} | some path in leaked]

leaked contains fact.path if {
	some fact in input.facts.secrets
	startswith(fact.path, "/result")
}
