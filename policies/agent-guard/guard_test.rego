package agent_test

import data.agent

session := {
	"cost_usd": 0.2, "tokens": 1000, "calls": 3, "errors": 0, "repeat": {"count": 1},
	"cycle": {"period": 0, "count": 0}, "tools_seen": ["read_file"], "approvals": [],
}

call(tool, params) := {
	"type": "tool_call", "tool": tool, "params": params, "session": session, "facts": {"hosts": []},
	"input_identity": "sha256:aa",
}

with_session(event, facts) := object.union(event, {"session": object.union(session, facts)})

read := call("read_file", {"path": "/workspace/a.txt"})

test_reading_a_file_is_allowed if agent.decision.effect == "allow" with input as read

test_no_input_is_denied if agent.decision.effect == "deny" with input as {}

test_no_settings_deny if {
	agent.decision.effect == "deny" with input as read with data.guard as {}
	agent.decision.effect == "deny" with input as read with data.guard as object.remove(data.guard, ["tools"])
}

test_no_session_is_denied if agent.decision.effect == "deny" with input as object.remove(read, ["session"])

test_params_that_are_no_object_are_denied if {
	agent.decision.effect == "deny" with input as call("read_file", null)
}

test_an_unlisted_tool_is_denied if {
	agent.decision == {"effect": "deny", "reason": "the tool is not on the list"} with input as call("format_disk", {})
}

test_every_limit_denies_when_it_is_passed if {
	some facts in [
		{"cost_usd": 5.01}, {"tokens": 200001}, {"calls": 401}, {"errors": 21}, {"repeat": {"count": 6}},
	]
	agent.decision.effect == "deny" with input as with_session(read, facts)
}

test_every_count_denies_when_it_is_missing if {
	every name in ["cost_usd", "tokens", "calls", "errors", "repeat"] {
		event := object.union(object.remove(read, ["session"]), {"session": object.remove(session, [name])})
		agent.decision.effect == "deny" with input as event
	}
}

test_writing_is_bound_to_the_workspace if {
	agent.decision.effect == "allow" with input as call("write_file", {"path": "/workspace/a"})
	every params in [{}, {"path": 5}, {"path": "/etc/passwd"}, {"path": "/workspace/../etc"}, {"path": "/workspace/.git/x"}] {
		agent.decision.effect == "deny" with input as call("write_file", params)
	}
}

test_what_is_no_text_cannot_be_held_against_anything if {
	every path in [["/workspace/.env"], {"p": "../../etc/shadow"}, 5, false] {
		agent.decision == {"effect": "deny", "reason": "a path that is no text"} with input as call("read_file", {"path": path})
	}
	every url in [["http://github.com/x"], {"u": "https://github.com"}, false] {
		event := object.union(call("http_get", {"url": url}), {"facts": {"hosts": ["github.com"]}})
		agent.decision == {"effect": "deny", "reason": "an address that is no text"} with input as event
	}
}

test_other_spellings_of_a_path_are_denied if {
	every path in ["/workspace//.env", "/workspace/./.env"] {
		agent.decision.effect == "deny" with input as call("read_file", {"path": path})
	}
}

test_destructive_commands_are_denied_whatever_their_case if {
	every command in ["rm -rf /", "RM -RF /", "sudo ls", "git push --force", "mkfs.ext4 /dev/sda"] {
		agent.decision.effect == "deny" with input as call("shell", {"command": command})
	}
}

test_a_shell_call_without_a_command_is_denied if agent.decision.effect == "deny" with input as call("shell", {})

test_hosts_are_held_against_the_list if {
	fetch := call("http_get", {"url": "https://github.com/x"})
	agent.decision.effect == "allow" with input as object.union(fetch, {"facts": {"hosts": ["github.com"]}})
	agent.decision.effect == "deny" with input as object.union(fetch, {"facts": {"hosts": ["github.com", "evil.example"]}})
	agent.decision.effect == "deny" with input as fetch
	agent.decision.effect == "deny" with input as object.remove(fetch, ["facts"])
}

test_plain_http_is_denied if {
	every url in ["HTTP://github.com/x", " http://github.com/x"] {
		event := object.union(call("http_get", {"url": url}), {"facts": {"hosts": ["github.com"]}})
		agent.decision.effect == "deny" with input as event
	}
}

deploy := call("deploy", {"environment": "production"})

test_a_deployment_asks_for_an_approval_of_this_operation if {
	answer := agent.decision with input as deploy
	answer.effect == "ask"
	answer.obligations == [{"kind": "approval", "value": {"operation": "sha256:aa", "tool": "deploy"}}]
}

test_an_approval_of_this_operation_is_honoured if {
	agent.decision.effect == "allow" with input as with_session(deploy, {"approvals": [{"operation": "sha256:aa"}]})
}

test_an_approval_of_another_operation_is_not if {
	agent.decision.effect == "ask" with input as with_session(deploy, {"approvals": [{"operation": "sha256:bb"}]})
}

test_an_expired_approval_is_not if {
	grants := [{"operation": "sha256:aa", "expires_at": 1000}]
	agent.decision.effect == "ask" with input as with_session(deploy, {"approvals": grants}) with time.now_ns as 1000000000
	agent.decision.effect == "allow" with input as with_session(deploy, {"approvals": grants}) with time.now_ns as 999999999
}

test_changing_statements_ask if {
	agent.decision.effect == "ask" with input as call("sql_query", {"query": "DELETE FROM users"})
	agent.decision.effect == "allow" with input as call("sql_query", {"query": "SELECT 1"})
	agent.decision.effect == "deny" with input as call("sql_query", {"query": 5})
}

test_secrets_are_masked if {
	answer := agent.decision with input as call("search", {"q": "x", "password": "p", "token": "t"})
	answer.effect == "redact"
	count(answer.patches) == 2
	{"op": "replace", "path": "/params/password", "value": "[redacted]"} in answer.patches
}

test_secrets_that_are_no_text_are_masked_too if {
	every value in [["s"], {"s": "t"}, 12345, false] {
		answer := agent.decision with input as call("search", {"token": value})
		answer.patches == [{"op": "replace", "path": "/params/token", "value": "[redacted]"}]
	}
	agent.decision.effect == "allow" with input as call("search", {"token": null})
}

test_watermarks_warn_and_label if {
	answer := agent.decision with input as with_session(read, {"cost_usd": 4.5})
	answer.effect == "warn"
	answer.labels == {"guard": "watch"}
}
