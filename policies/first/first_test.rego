package first_test

import data.first

test_reading_is_allowed if first.decision.effect == "allow" with input as {"tool": "read_file"}

test_all_else_is_denied if first.decision.effect == "deny" with input as {"tool": "shell"}

test_nothing_is_denied if first.decision.effect == "deny" with input as {}
