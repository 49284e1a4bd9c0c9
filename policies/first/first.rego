# A first policy, made to be changed. Entrypoint: first/decision. Match it to `types: [tool_call]`.
#
# `input` is the event, its fields at the top; what its session has come to is in `input.session`.
# Whatever no rule speaks for is denied, also when a value that a rule reads is missing.
package first

default decision := {"effect": "deny", "reason": "this agent only reads, tests, and asks before it deploys"}

decision := {"effect": "allow"} if {
	permitted
	not long_session
}

decision := {"effect": "warn", "reason": "this session has made more than 100 calls"} if {
	permitted
	long_session
}

# A person decides. Whoever approves names the operation: another service is another operation.
decision := {
	"effect": "ask",
	"reason": "a person decides on deployments",
	"obligations": [{"kind": "approval", "value": {"operation": input.input_identity, "tool": input.tool}}],
} if {
	input.tool == "deploy"
	not approved
}

permitted if input.tool in {"read_file", "list_dir", "search"}

permitted if {
	input.tool == "shell"
	input.params.command in {"npm test", "git status", "git diff"}
}

permitted if {
	input.tool == "deploy"
	approved
}

approved if {
	some approval in input.session.approvals
	approval.operation == input.input_identity
}

long_session if input.session.calls > 100
