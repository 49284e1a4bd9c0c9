# The cases of the policy: `opa test policies/first` runs them.
package first_test

import data.first

effect(event) := found if {
	found := first.decision.effect with input as event
}

test_reading_is_allowed if effect({"tool": "read_file"}) == "allow"

test_testing_is_allowed if effect({"tool": "shell", "params": {"command": "npm test"}}) == "allow"

test_other_commands_are_denied if effect({"tool": "shell", "params": {"command": "npm publish"}}) == "deny"

test_a_shell_call_without_a_command_is_denied if effect({"tool": "shell"}) == "deny"

test_other_tools_are_denied if effect({"tool": "write_file", "params": {"path": "a"}}) == "deny"

test_nothing_is_denied if effect({}) == "deny"

deployment := {"tool": "deploy", "params": {"service": "api"}, "input_identity": "sha256:1"}

approved_for(operation) := {"session": {"calls": 1, "approvals": [{"operation": operation}]}}

test_a_deployment_is_asked_for if effect(deployment) == "ask"

test_the_question_names_the_operation if {
	answer := first.decision with input as deployment
	answer.obligations[0].value == {"operation": "sha256:1", "tool": "deploy"}
}

test_an_approved_deployment_is_allowed if effect(object.union(deployment, approved_for("sha256:1"))) == "allow"

test_the_approval_of_another_is_none if effect(object.union(deployment, approved_for("sha256:2"))) == "ask"

test_a_long_session_is_warned_of if effect({"tool": "search", "session": {"calls": 101}}) == "warn"

test_a_long_session_permits_no_more if effect({"tool": "write_file", "session": {"calls": 101}}) == "deny"
