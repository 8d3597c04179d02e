package main

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// plugins is the path of all plugins' packages.
const plugins = "github.com/openaisle/aisle/plugins/"

// suite is what a plugin is held against in tests that end with Conforms.
const suite = "the class's conformance suite, over the wire"

// key is one row: what a plugin was held against.
type key struct{ plugin, kind, what string }

// told is what a run says.
type told struct {
	// cases passed, of rows of which no test was skipped.
	cases map[key]int
	// skipped are the rows of which a test was.
	skipped map[key]bool
	// ran are the plugins of which something was run.
	ran map[string]bool
}

var (
	attrLine   = regexp.MustCompile(`^=== ATTR +(\S+) (peer|vectors|cases) (.+)$`)
	resultLine = regexp.MustCompile(`^ *--- (PASS|FAIL|SKIP): (\S+) \(`)
	packLine   = regexp.MustCompile(`^(?:ok|FAIL|\?)\s+(\S+)`)
)

// test is a test of the package that is being read.
type test struct {
	what    []key
	cases   int
	outcome string
	passed  []string // its subtests
}

// maxLine bounds a line of a test's output.
const maxLine = 4 << 20

// read reads the output of go test -v.
func read(r io.Reader) (*told, error) {
	t := &told{cases: map[key]int{}, skipped: map[key]bool{}, ran: map[string]bool{}}
	tests := map[string]*test{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		line := lines.Text()
		if m := attrLine.FindStringSubmatch(line); m != nil {
			if err := of(tests, m[1]).attr(m[2], m[3]); err != nil {
				return nil, fmt.Errorf("%s: %w", m[1], err)
			}
			continue
		}
		if m := resultLine.FindStringSubmatch(line); m != nil {
			top, _, sub := strings.Cut(m[2], "/")
			if x := of(tests, top); !sub {
				x.outcome = m[1]
			} else if m[1] == "PASS" {
				x.passed = append(x.passed, m[2])
			}
			continue
		}
		if m := packLine.FindStringSubmatch(line); m != nil {
			t.add(m[1], tests)
			tests = map[string]*test{}
		}
	}
	return t, lines.Err()
}

func of(tests map[string]*test, name string) *test {
	name, _, _ = strings.Cut(name, "/")
	if tests[name] == nil {
		tests[name] = &test{}
	}
	return tests[name]
}

func (x *test) attr(name, value string) error {
	if name != "cases" {
		// A test that goes on in a machine says it there again.
		if k := (key{kind: name, what: value}); !slices.Contains(x.what, k) {
			x.what = append(x.what, k)
		}
		return nil
	}
	n, err := strconv.Atoi(value)
	x.cases += n
	return err
}

// add takes in the tests of a package that has ended.
func (t *told) add(pack string, tests map[string]*test) {
	rest, ok := strings.CutPrefix(pack, plugins)
	if !ok {
		return
	}
	plugin, _, _ := strings.Cut(rest, "/")
	for name, x := range tests {
		if strings.HasSuffix(name, "Conforms") {
			x.what = append(x.what, key{kind: "suite", what: suite})
		}
		for _, k := range x.what {
			k.plugin = plugin
			t.ran[plugin] = true
			switch x.outcome {
			case "PASS":
				t.cases[k] += x.count()
			case "SKIP":
				t.skipped[k] = true
			default: // a test that fails is told elsewhere
				t.skipped[k] = true
			}
		}
	}
}

// count is how many cases passed: what the test says, or its innermost subtests.
func (x *test) count() int {
	if x.cases > 0 {
		return x.cases
	}
	n := 0
	for _, a := range x.passed {
		inner := true
		for _, b := range x.passed {
			inner = inner && !strings.HasPrefix(b, a+"/")
		}
		if inner {
			n++
		}
	}
	return max(n, 1)
}
