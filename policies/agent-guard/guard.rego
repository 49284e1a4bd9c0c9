# A guard for coding agents: which tools they may use, where they may write, what they may reach, what it may cost.
# Entrypoint: agent/decision. Match it to `types: [tool_call]` and give it `needs: [hosts]`.
#
# Whatever a rule reads may be missing, and a rule over a missing value says nothing: even `not f(x)` is silent when x is
# missing. So what protects something denies the missing value by name, and the default denies what no rule looked at.
package agent

import data.guard

default decision := {"effect": "deny", "reason": "this is not a tool call that the guard can judge"}

decision := answer("deny", denials) if {
	judgeable
	count(denials) > 0
}

decision := object.union(answer("ask", questions), {"obligations": [approval]}) if {
	judgeable
	count(denials) == 0
	count(questions) > 0
}

decision := object.union(answer("redact", {"secrets are masked"}), {"patches": patches}) if {
	judgeable
	count(denials) == 0
	count(questions) == 0
	count(patches) > 0
}

decision := object.union(answer("warn", warnings), {"labels": {"guard": "watch"}}) if {
	judgeable
	count(denials) == 0
	count(questions) == 0
	count(patches) == 0
	count(warnings) > 0
}

decision := {"effect": "allow"} if {
	judgeable
	count(denials) == 0
	count(questions) == 0
	count(patches) == 0
	count(warnings) == 0
}

answer(effect, reasons) := {"effect": effect, "reason": concat("; ", sort(reasons))}

judgeable if {
	settings
	input.type == "tool_call"
	is_string(input.tool)
	is_object(input.params)
}

# Without its settings (data.json) no limit would hold.
settings if {
	count(guard.tools) > 0
	is_array(guard.writing_tools)
	is_array(guard.fetching_tools)
	is_array(guard.asking_tools)
	is_array(guard.hosts)
	is_string(guard.workspace)
	is_array(guard.protected_paths)
	is_array(guard.destructive_commands)
	is_array(guard.escalating_commands)
	is_array(guard.changing_statements)
	is_array(guard.secret_params)
	is_number(guard.max_cost_usd)
	is_number(guard.max_tokens)
	is_number(guard.max_calls)
	is_number(guard.max_repeats)
	is_number(guard.max_errors)
	is_number(guard.max_command_chars)
	is_number(guard.watermark)
	is_number(guard.many_tools)
}

# What the rules read, with a value for "not there" that no rule takes for harmless.
# What is held against a list is looked up before the list: inside, it would be looked up anew for each item.

param(name) := object.get(input.params, name, null)

path := param("path")

command := lower(param("command"))

# Tools

denials contains "the tool is not on the list" if not input.tool in guard.tools

# Budgets: a count that is missing is over the limit.

denials contains "the session's cost is over its limit" if not cost_within

cost_within if at_most(input.session.cost_usd, guard.max_cost_usd)

denials contains "the session's tokens are over their limit" if not tokens_within

tokens_within if at_most(input.session.tokens, guard.max_tokens)

denials contains "the session has too many calls" if not calls_within

calls_within if at_most(input.session.calls, guard.max_calls)

denials contains "the session has too many errors" if not errors_within

errors_within if at_most(input.session.errors, guard.max_errors)

denials contains "the same call again and again" if not repeats_within

repeats_within if at_most(input.session.repeat.count, guard.max_repeats)

at_most(value, limit) if {
	is_number(value)
	value <= limit
}

# Files

denials contains "a path that is no text" if {
	path != null
	not is_string(path)
}

denials contains "writes outside the workspace" if {
	input.tool in guard.writing_tools
	not inside_workspace
}

denials contains "the path leaves its directory" if contains(path, "..")

denials contains "the path is not written plainly" if contains(path, "//")

denials contains "the path is not written plainly" if contains(path, "/./")

denials contains "the path is protected" if {
	place := path
	some protected in guard.protected_paths
	startswith(place, protected)
}

inside_workspace if {
	is_string(path)
	startswith(path, guard.workspace)
}

# Commands

denials contains "a shell call without a command" if {
	input.tool == "shell"
	not is_string(param("command"))
}

denials contains "the command destroys" if {
	text := command
	some phrase in guard.destructive_commands
	contains(text, phrase)
}

denials contains "the command takes more rights" if {
	text := command
	some phrase in guard.escalating_commands
	contains(text, phrase)
}

denials contains "a query that is no text" if {
	input.tool == "sql_query"
	not is_string(param("query"))
}

# Network: the hosts come from the host's own URL parser, never from string matching here.

denials contains "the call's hosts are not known" if {
	input.tool in guard.fetching_tools
	count(hosts) == 0
}

denials contains "a host that is not on the list" if {
	some host in hosts
	not host in guard.hosts
}

denials contains "an address that is no text" if {
	url := param("url")
	url != null
	not is_string(url)
}

denials contains "an address without transport security" if startswith(trim_space(lower(param("url"))), "http://")

default hosts := []

hosts := input.facts.hosts

# What a human decides

questions contains "this tool needs an approval" if {
	input.tool in guard.asking_tools
	not approved
}

questions contains "a statement that changes data needs an approval" if {
	input.tool == "sql_query"
	query := lower(param("query"))
	some phrase in guard.changing_statements
	contains(query, phrase)
	not approved
}

questions contains "production needs an approval" if {
	param("environment") == "production"
	not approved
}

approval := {"kind": "approval", "value": {"operation": input.input_identity, "tool": input.tool}}

# An approval names the operation's digest: another recipient or another statement is another operation.
approved if {
	some grant in input.session.approvals
	grant.operation == input.input_identity
	unexpired(grant)
}

unexpired(grant) if not grant.expires_at

unexpired(grant) if grant.expires_at * 1000000 > time.now_ns()

# Secrets among the arguments are masked, whatever they are; the call goes on without them.

patches := [patch |
	some name in guard.secret_params
	param(name) != null
	patch := {"op": "replace", "path": concat("", ["/params/", name]), "value": "[redacted]"}
]

# What is worth a look

warnings contains "the session's cost is near its limit" if input.session.cost_usd > guard.max_cost_usd * guard.watermark

warnings contains "the session goes in circles" if input.session.cycle.count >= 3

warnings contains "the session uses many tools" if count(input.session.tools_seen) >= guard.many_tools

warnings contains "a very long command" if count(param("command")) > guard.max_command_chars
