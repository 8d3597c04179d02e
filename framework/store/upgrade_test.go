package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openaisle/aisle/framework/control"
)

// asksForShadow links a release that asks for what nobody is granted.
const asksForShadow = "-X main.version=0.2.2 -X main.asks=/etc/shadow"

// another puts another release in place of one.
func another(t *testing.T, dir, path, flags string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	release(t, dir, filepath.Base(path), flags)
}

// edit replaces texts, given in pairs, in a file.
func edit(t *testing.T, path string, pairs ...string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(pairs...).Replace(string(b))
	if text == string(b) {
		t.Fatalf("nothing of %q is in %s", pairs, path)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A running store takes over another source of a plugin and nothing else; what
// it refuses, or had to undo, changes nothing; and each order may be repeated.
func TestOrders(t *testing.T) {
	dir, data := cornerWith(t), t.TempDir()
	good := release(t, dir, "good", "-X main.version=0.2.0")
	release(t, dir, "broken", "-X main.version=0.3.0 -X main.broken=test")
	source := `source = "` + program(t, simulatedPackage, "") + "\"\n}\n\nplugin \"shelfsense\""
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	by := control.By{Actor: "ada", Reason: "a test"}
	orders := func(c *control.Client) {
		head := func() uint64 {
			s, err := c.State(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return s.Engine.Head
		}
		version := func() string {
			s, err := c.State(ctx)
			if err != nil {
				t.Fatal(err)
			}
			p, _ := s.Plugin("palmetto")
			return p.Version + " " + p.Digest
		}
		before := version()
		refused := func(what string, want string, code control.Code, order func() (control.Outcome, error)) {
			t.Helper()
			_, err := order()
			var e *control.Error
			if !errors.As(err, &e) || e.Code != code || !strings.Contains(e.Message, want) {
				t.Errorf("%s: %v", what, err)
			}
			if now := version(); now != before {
				t.Errorf("%s: the plugin is %s, before %s", what, now, before)
			}
		}
		apply := func() (control.Outcome, error) { return c.Apply(ctx, by, nil) }
		if out, err := apply(); err != nil || out.Changed {
			t.Errorf("nothing to apply: %+v, %v", out, err)
		}
		refused("no such plugin", `no plugin "palmtree"`, control.CodeUnknown, func() (control.Outcome, error) { return c.Upgrade(ctx, "palmtree", by, nil) })
		if out, err := c.Release(ctx, "palmetto", by); err != nil || out.Changed {
			t.Errorf("a release of what runs: %+v, %v", out, err)
		}

		policy := filepath.Join(dir, "policy.hcl")
		edit(t, policy, `max_party    = 4`, `max_party    = 3`)
		refused("a policy changed beside", "entry", control.CodeRefused, func() (control.Outcome, error) { return c.Upgrade(ctx, "palmetto", by, nil) })
		edit(t, policy, `max_party    = 3`, `max_party    = 4`)
		edit(t, policy, "payment.cards", "payment.crads")
		refused("a torn file", "crads", control.CodeRefused, apply)
		edit(t, policy, "payment.crads", "payment.cards")

		main := filepath.Join(dir, "store.hcl")
		edit(t, main, source, "source = \"./none\"\n}\n\nplugin \"shelfsense\"")
		refused("no such program", "there is no", control.CodeRefused, apply)
		edit(t, main, `"./none"`, `"./broken"`)
		refused("a release that opens nothing", "was not swapped", control.CodeFailed, apply)
		edit(t, main, `"./broken"`, "\"./good\"\n  version = \"~> 9.0\"")
		refused("another version than is wanted", "found is 0.2.0", control.CodeRefused, apply)
		edit(t, main, "~> 9.0", "~> 0.2")
		at := head()
		out, err := apply()
		if err != nil || !out.Changed || !out.Adopted || len(out.Plugins) != 1 || out.Plugins[0].Plugin != "palmetto" || out.Plugins[0].To != "0.2.0" {
			t.Fatalf("a good release: %+v, %v", out, err)
		}
		if now := version(); !strings.HasPrefix(now, "0.2.0 ") || head() == at {
			t.Errorf("now it is %s, at record %d", now, head())
		}
		before = version()
		if out, err := apply(); err != nil || out.Changed {
			t.Errorf("the same again: %+v, %v", out, err)
		}
		if err := os.Remove(good); err != nil {
			t.Fatal(err)
		}
		release(t, dir, "good", "-X main.version=0.2.1")
		if out, err := c.Upgrade(ctx, "palmetto", by, nil); err != nil || !out.Changed || out.Adopted || out.Plugins[0].To != "0.2.1" {
			t.Errorf("another build of the same source: %+v, %v", out, err)
		}
		before = version()
		upgrade := func() (control.Outcome, error) { return c.Upgrade(ctx, "palmetto", by, nil) }
		by.AcceptNeeds = true
		another(t, dir, good, asksForShadow)
		refused("a release that asks for what nobody is granted", "read /etc/shadow is more of the machine", control.CodeRefused, upgrade)
		by.AcceptNeeds = false
		another(t, dir, good, "-X main.version=0.2.2 -X main.asks=/usr/share/aisle-none")
		refused("a release that needs more", `plugin "palmetto": read /usr/share/aisle-none`, control.CodeRefused, upgrade)
		refused("the same by apply, beside another version", "--accept-needs", control.CodeRefused, func() (control.Outcome, error) {
			edit(t, main, "~> 0.2", "~> 0.2.2")
			defer edit(t, main, "~> 0.2.2", "~> 0.2")
			return apply()
		})
		by.AcceptNeeds = true
		if out, err := upgrade(); err != nil || len(out.Plugins) != 1 || len(out.Plugins[0].Added) != 1 || out.Plugins[0].Added[0] != "read /usr/share/aisle-none" {
			t.Errorf("what is accepted: %+v, %v", out, err)
		}
		s, err := c.State(ctx)
		p, _ := s.Plugin("palmetto")
		if err != nil || !slices.Contains(p.Granted, control.Grant{Access: "read", Value: "/usr/share/aisle-none", From: "needs"}) {
			t.Errorf("granted %+v, %v", p.Granted, err)
		}
	}
	_, err := Run(ctx, Options{
		limits: patient(), Dir: dir, Data: data, StopPeers: true, Log: logTo(t), Vars: map[string]string{"shoppers": "5", "speed": "1", "noise": "none"},
		Ready: func(Running) { defer stop(); orders(control.NewClient(data)) },
	})
	if err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(data, programsDir, "*"))
	if err != nil || len(left) != 5 {
		t.Errorf("programs %q, %v", left, err)
	}
	if _, err := Verify(t.Context(), data); err != nil {
		t.Error(err)
	}
	if again, err := Replay(t.Context(), data); err != nil || len(again.Differences) != 0 {
		t.Errorf("replay: %+v, %v", again, err)
	}
}
