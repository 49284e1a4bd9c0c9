package tools_test

import data.tools

test_a_listed_tool_runs if count(tools.deny) == 0 with input as {"tool": "ReadFile", "params": {}}

test_an_unlisted_tool_does_not if tools.deny == {"the tool is not on the list"} with input as {"tool": "Shell"}

test_no_tool_does_not if tools.deny == {"the call names no tool"} with input as {}

test_no_list_denies if tools.deny == {"the tool is not on the list"} with input as {"tool": "ReadFile"} with data.acl as {}

test_results_are_bounded if {
	count(tools.deny) == 0 with input as {"tool": "WebSearch", "params": {"num_results": 20}}
	count(tools.deny) == 1 with input as {"tool": "WebSearch", "params": {"num_results": 21}}
	count(tools.deny) == 1 with input as {"tool": "WebSearch", "params": {"num_results": "many"}}
}
