package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/openaisle/aisle/hcl/storefile"
)

// TestAgentScript is the archive of testdata/agent: a store with a plugin on
// another machine.
func TestAgentScript(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	work, err := os.MkdirTemp("", "aa")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(work) })
	testscript.Run(t, testscript.Params{
		Dir: "testdata/agent", WorkdirRoot: work,
		Setup: func(e *testscript.Env) error {
			e.Setenv("MODULE", root)
			e.Setenv("TMPDIR", work)
			for _, name := range keptEnv {
				if v, ok := os.LookupEnv(name); ok {
					e.Setenv(name, v)
				}
			}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"await": await, "join": joinWith, "remoteshop": remoteShop, "runshop": runShop,
		},
	})
}

// await is the command "await FILE": it waits until another command wrote it.
func await(ts *testscript.TestScript, _ bool, args []string) {
	for late := time.Now().Add(opensWithin); time.Now().Before(late); { // a plugin may have to be built first
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		time.Sleep(10 * time.Millisecond) // nothing tells of a file
	}
	ts.Fatalf("%s did not come", args[0])
}

// joinWith is the command "join TOKENFILE DIR".
func joinWith(ts *testscript.TestScript, _ bool, args []string) {
	address, token, _ := strings.Cut(strings.TrimSpace(ts.ReadFile(args[0])), " ")
	ts.Check(ts.Exec("aisle", "agent", "join", address, token, "--dir", args[1]))
}

// remoteShop is the command "remoteshop DIR": the corner shop, with the shelves'
// plugin on an agent.
func remoteShop(ts *testscript.TestScript, _ bool, args []string) {
	to := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(to, 0o755))
	from := filepath.Join(ts.Getenv("MODULE"), "examples", "corner")
	files, err := os.ReadDir(from)
	ts.Check(err)
	for _, f := range files {
		if f.IsDir() || strings.HasSuffix(f.Name(), storefile.LockExtension) {
			continue
		}
		b, err := os.ReadFile(filepath.Join(from, f.Name()))
		ts.Check(err)
		text := strings.ReplaceAll(string(b), `"../../plugins`, `"`+ts.Getenv("MODULE")+`/plugins`)
		text = strings.Replace(text, "plugin \"shelfsense\" {\n", "plugin \"shelfsense\" {\n  agent  = agent.back\n", 1)
		ts.Check(os.WriteFile(filepath.Join(to, f.Name()), []byte(text), 0o644))
	}
	ts.Check(os.WriteFile(filepath.Join(to, "agent.hcl"), []byte(`
variable "agent" { description = "The address of the agent." }
agent "back" { address = var.agent }
`), 0o644))
}

// runShop is the command "runshop DIR DATA CA ADDRESSFILE".
func runShop(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(ts.Exec("aisle", "run", args[0], "--data", args[1], "--ca", args[2], "--until-idle", "--json",
		"--var", "agent="+strings.TrimSpace(ts.ReadFile(args[3])), "--var", "shoppers=4", "--var", "seed=5", "--var", "noise=none", "--var", "speed=max"))
}

// A machine that is no agent yet is told the very line that makes it one.
func TestNotJoined(t *testing.T) {
	var errs strings.Builder
	code := execute(t.Context(), []string{"agent", "run", "--dir", filepath.Join(t.TempDir(), "none"), "--listen", ":7555", "--allow", "a=/b"}, &errs, &errs)
	host, err := os.Hostname()
	if err != nil {
		t.Skip(err)
	}
	if code != 1 || !regexp.MustCompile(`\n  aisle agent enroll [a-z][a-z0-9_]* --address `+regexp.QuoteMeta(host)+`:7555\n`).MatchString(errs.String()) {
		t.Errorf("%d: %s", code, &errs)
	}
}
