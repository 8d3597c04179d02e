//go:build unix

package drill

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/openaisle/aisle/framework/simulate/audit"
)

// pretend is a host in a few lines of shell: it opens, writes the books that it
// is given, waits to be killed, and ends well when it is run again.
func pretend(t *testing.T, truth, ledger string) (Options, *[]string) {
	t.Helper()
	var lines []string
	books := func(data string) string {
		return fmt.Sprintf("mkdir -p %[1]s; printf '%%s' '%[2]s' >%[1]s/%[3]s; printf '%%s' '%[4]s' >%[1]s/%[5]s; echo open >&2; ",
			data, truth, audit.TruthFile, ledger, audit.LedgerFile)
	}
	return Options{
		Kills: 3, Seed: 1, Shoppers: 1, Work: t.TempDir(), OpenLine: "open",
		Command: func(data string, _ uint64, again bool) []string {
			if again {
				return []string{"sh", "-c", "echo open >&2; exit 0"}
			}
			return []string{"sh", "-c", books(data) + "exec sleep 60"}
		},
		Again:    func(data string) bool { _, err := os.Stat(filepath.Join(data, audit.LedgerFile)); return err == nil },
		Prices:   map[string]int64{"g": 100},
		Stop:     func(string) error { return nil },
		Progress: func(l string) { lines = append(lines, l) },
	}, &lines
}

func line(credential, op string, minor int) string {
	return `{"credential":"` + credential + `","op":"` + op + `","amount_minor":` + strconv.Itoa(minor) + "}\n"
}

const owesOne = `{"credential":"t","items":[{"gtin":"g","qty":1}]}` + "\n"

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		name, truth, ledger  string
		lost, doubled, stuck bool
	}{
		{name: "well", truth: owesOne, ledger: line("t", "authorize", 500) + line("t", "capture", 100)},
		{name: "released", truth: owesOne, ledger: line("t", "authorize", 500) + line("t", "void", 500)},
		{name: "never ended", truth: "", ledger: line("t", "authorize", 500) + line("t", "capture", 100), lost: true},
		{name: "no money moved", truth: owesOne, ledger: "", lost: true},
		{name: "stuck", truth: owesOne, ledger: line("t", "authorize", 500), lost: true, stuck: true},
		{name: "twice", truth: owesOne, ledger: line("t", "authorize", 500) + line("t", "capture", 50) + line("t", "capture", 50), doubled: true},
		{name: "more than it is worth", truth: owesOne, ledger: line("t", "authorize", 500) + line("t", "capture", 101), doubled: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, _ := pretend(t, c.truth, c.ledger)
			o.Kills = 1
			r, err := Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if r.Lost > 0 != c.lost || r.Doubled > 0 != c.doubled || r.Stuck > 0 != c.stuck || r.Kills != 1 {
				t.Errorf("%+v", r)
			}
			if r.OK() == (c.lost || c.doubled || c.stuck) || r.OK() != (len(r.Findings) == 0) {
				t.Errorf("OK is %t of %+v", r.OK(), r)
			}
		})
	}
}

// Kills go over as many demos as they need, and each is counted once.
func TestKillsOverDemos(t *testing.T) {
	o, lines := pretend(t, owesOne, line("t", "authorize", 500)+line("t", "capture", 100))
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Kills != 3 || r.Demos != 3 || r.Sessions != 3 {
		t.Errorf("%+v", r)
	}
	if !strings.Contains(strings.Join(*lines, "\n"), "kill 3 of 3") {
		t.Errorf("%q", *lines)
	}
}

func TestHostThatFails(t *testing.T) {
	o, _ := pretend(t, "", "")
	o.Command = func(string, uint64, bool) []string { return []string{"sh", "-c", "echo broken indeed >&2; exit 1"} }
	stopped := false
	o.Stop = func(string) error { stopped = true; return nil }
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "broken indeed") || !stopped {
		t.Errorf("%v, stopped %t", err, stopped)
	}
}

func TestNobodyToKill(t *testing.T) {
	o, _ := pretend(t, "", "")
	o.Shoppers = 0
	o.Command = func(data string, _ uint64, _ bool) []string {
		return []string{"sh", "-c", fmt.Sprintf("mkdir -p %[1]s; : >%[1]s/truth.jsonl; : >%[1]s/ledger.jsonl", data)}
	}
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "give more shoppers") {
		t.Error(err)
	}
}

func TestCancelled(t *testing.T) {
	o, _ := pretend(t, owesOne, "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, o); err == nil {
		t.Error("no error although nobody let it finish")
	}
}
