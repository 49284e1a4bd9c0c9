// Evaluates a policy directory with OPA's Go engine, prepared once, over inputs that lie in a file, one JSON document a line.
//
//	opa-go POLICY_DIR QUERY INPUTS ANSWERS ROUNDS
//
// Writes the answers of one pass, one a line, and prints the nanoseconds an evaluation of each round: from JSON text (what
// Tollgate's evaluator starts from), and with the input parsed and converted beforehand.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
)

type round struct {
	FromTextNs   float64 `json:"fromTextNs"`
	FromValuesNs float64 `json:"fromValuesNs"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 5 {
		return fmt.Errorf("usage: opa-go POLICY_DIR QUERY INPUTS ANSWERS ROUNDS")
	}
	rounds, err := strconv.Atoi(args[4])
	if err != nil {
		return err
	}
	ctx := context.Background()
	query, err := prepare(ctx, args[0], args[1])
	if err != nil {
		return err
	}
	texts, err := readLines(args[2])
	if err != nil {
		return err
	}
	if err := writeAnswers(ctx, query, texts, args[3]); err != nil {
		return err
	}
	values, err := parseAll(texts)
	if err != nil {
		return err
	}
	measured := make([]round, 0, rounds)
	for i := 0; i <= rounds; i++ {
		one := round{
			FromTextNs:   timed(len(texts), func(at int) error { _, err := fromText(ctx, query, texts[at]); return err }),
			FromValuesNs: timed(len(values), func(at int) error { _, err := query.Eval(ctx, rego.EvalParsedInput(values[at])); return err }),
		}
		if i > 0 {
			measured = append(measured, one)
		}
	}
	return json.NewEncoder(os.Stdout).Encode(measured)
}

func prepare(ctx context.Context, dir, query string) (rego.PreparedEvalQuery, error) {
	notTests := func(_ string, info os.FileInfo, _ int) bool { return strings.HasSuffix(info.Name(), "_test.rego") }
	return rego.New(rego.Query(query), rego.Load([]string{dir}, notTests)).PrepareForEval(ctx)
}

// Text to ast.Value without Go values between them: the shortest way there is.
func fromText(ctx context.Context, query rego.PreparedEvalQuery, text []byte) (rego.ResultSet, error) {
	value, err := ast.ValueFromReader(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	return query.Eval(ctx, rego.EvalParsedInput(value))
}

func parseAll(texts [][]byte) ([]ast.Value, error) {
	values := make([]ast.Value, len(texts))
	for i, text := range texts {
		value, err := ast.ValueFromReader(bytes.NewReader(text))
		if err != nil {
			return nil, err
		}
		values[i] = value
	}
	return values, nil
}

// Nanoseconds a call of one pass. A failed evaluation would be a fast one: it ends the program.
func timed(count int, call func(at int) error) float64 {
	start := time.Now()
	for i := 0; i < count; i++ {
		if err := call(i); err != nil {
			panic(err)
		}
	}
	return float64(time.Since(start).Nanoseconds()) / float64(count)
}

func writeAnswers(ctx context.Context, query rego.PreparedEvalQuery, texts [][]byte, path string) error {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	for _, text := range texts {
		results, err := fromText(ctx, query, text)
		if err != nil {
			return err
		}
		if len(results) != 1 {
			return fmt.Errorf("%d results for one input", len(results))
		}
		if err := encoder.Encode(results[0].Expressions[0].Value); err != nil {
			return err
		}
	}
	return os.WriteFile(path, out.Bytes(), 0o600)
}

func readLines(path string) ([][]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var lines [][]byte
	scanner := bufio.NewScanner(file)
	scanner.Buffer(make([]byte, 1<<20), 1<<24)
	for scanner.Scan() {
		lines = append(lines, bytes.Clone(scanner.Bytes()))
	}
	return lines, scanner.Err()
}
