package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/tools/aisle/internal/books"
)

// adopted is the command "adopted DATA DIR [STORE]": a data folder is as if the
// store in a folder had run on it and had been stopped.
func adopted(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: adopted DATA DIR [STORE]")
	}
	data, last := ts.MkAbs(args[0]), remembered{Dir: ts.MkAbs(args[1])}
	if len(args) == 3 {
		last.Store = args[2]
	}
	def, problems := storefile.Load(last.Dir, &storefile.Options{Store: last.Store})
	ts.Check(problems.Err())
	d := event.Definition{Store: def.Store, Salt: "planned", Digest: "one"}
	body, err := event.EncodeRecord(event.Record{Input: d, Facts: []event.Fact{event.Adopted{Definition: d}}})
	ts.Check(err)
	ts.Check(os.MkdirAll(data, 0o755))
	j, err := journal.Open(filepath.Join(data, books.File), &journal.Options{Store: def.Store.Name})
	ts.Check(err)
	_, err = j.Append([]journal.Draft{{At: time.Unix(1_700_000_000, 0), Body: body}})
	ts.Check(err)
	ts.Check(j.Close())
	text, err := json.Marshal(last)
	ts.Check(err)
	ts.Check(os.WriteFile(filepath.Join(data, rememberedFile), text, 0o644))
}

// plannedHost is a store that runs, of which only its plan is asked.
type plannedHost struct {
	control.Host
	plan control.Plan
	err  error
}

func (h plannedHost) Plan() (control.Plan, error) { return h.plan, h.err }

// serve has a host answer on a data folder until the test is over.
func (h plannedHost) serve(t *testing.T, data string) {
	t.Helper()
	if err := os.MkdirAll(data, 0o755); err != nil {
		t.Fatal(err)
	}
	l, err := control.Listen(context.Background(), data)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: control.New(control.Options{Host: h}), ReadHeaderTimeout: time.Minute}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // it says that it was closed
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
}

// The stores of a fleet that run are asked, and one that does not answer stops
// none of the others.
func TestFleetPlan(t *testing.T) {
	dir, err := os.MkdirTemp("", "ap") // sockets want short paths
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	for name, text := range map[string]string{
		"chain.fleet.hcl": "store \"shop\" {\n  for_each = toset([\"a\", \"b\", \"c\"])\n  source   = \"./shop\"\n}\n",
		"shop/store.hcl":  "variable \"store_id\" {}\nstore \"shop\" {\n  name     = var.store_id\n  currency = \"EUR\"\n  timezone = \"UTC\"\n}\nzone \"door\" {}\n",
	} {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	plannedHost{plan: control.Plan{Steps: []control.Step{{Action: control.ActionSwap, Address: "gate.x"}}, Inside: 2}}.serve(t, filepath.Join(dir, "data", "a"))
	plannedHost{err: fault.New(fault.Unavailable, "the disk is gone")}.serve(t, filepath.Join(dir, "data", "b"))
	code, out, _ := with(t, "", "plan", dir, "--data", filepath.Join(dir, "data"))
	for _, want := range []string{"a  runs        1 to swap (2 visits open)\n", "b  error       the disk is gone\n", "c  no journal  no plan: There is no settlement", "3 stores: 1 with something to do, 0 with nothing, 2 without a plan.\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q", want)
		}
	}
	if code != 1 || t.Failed() {
		t.Errorf("%d\n%s", code, out)
	}
}
