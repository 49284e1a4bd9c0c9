# A list of tools in the form OPA documents for agents: the decision is a set of reasons to deny, empty means run.
# Entrypoint: tools/deny, `result: deny_set`.
package tools

# A `not` over a value that is missing is silent, so that what allows is a rule of its own.

deny contains "the call names no tool" if not named

deny contains "the tool is not on the list" if {
	named
	not listed
}

deny contains "too many results are asked for" if {
	input.tool == "WebSearch"
	not few_results
}

named if is_string(input.tool)

listed if input.tool in data.acl.allow

few_results if object.get(input, ["params", "num_results"], 1) <= data.acl.max_results
