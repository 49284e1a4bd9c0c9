# Allows everything, after it has looked at some tens of thousands of pairs.
package slow

pairs := count([1 | some i in numbers.range(1, 150); some j in numbers.range(1, 150); (i * j) % 7 == 0])

decision := {"effect": "allow", "reason": sprintf("%d pairs", [pairs])} if input.type
