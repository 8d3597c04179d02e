package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/hcl/storefile"
)

// crowd is the corner shop with so many plugins: the devices are dealt out to
// them, and with twenty some have none. That of the device named is ./acme.
func crowd(t *testing.T, broken, simulated string, vendors int) string {
	t.Helper()
	dir := cornerWith(t)
	n := 0
	seen := map[string]bool{}
	address, driver := regexp.MustCompile(`^([a-z_]+) "([a-z_]+)" \{$`), regexp.MustCompile(`^  driver = [a-z]+\.`)
	plugins := ""
	for _, name := range []string{"floor.hcl", "shelves.hcl"} {
		path := filepath.Join(dir, name)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(b), "\n")
		device := ""
		for i, l := range lines {
			if m := address.FindStringSubmatch(l); m != nil {
				device = m[1] + "." + m[2]
			}
			if !driver.MatchString(l) {
				continue
			}
			n++
			plugin, source := fmt.Sprintf("vendor%d", n%vendors), simulated
			if device == broken {
				plugin, source = "acme", "./acme"
			}
			lines[i] = driver.ReplaceAllString(l, "  driver = "+plugin+".")
			if !seen[plugin] {
				plugins += fmt.Sprintf("plugin %q {\n  source = %q\n}\n", plugin, source)
			}
			seen[plugin] = true
		}
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for ; n < vendors; n++ {
		plugins += fmt.Sprintf("plugin \"spare%d\" {\n  source = %q\n}\n", n, simulated)
	}
	path := filepath.Join(dir, "store.hcl")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	text = text[:strings.Index(text, "plugin \"nordgate\"")]
	if err := os.WriteFile(path, []byte(text+plugins), 0o644); err != nil || !strings.Contains(plugins, `"acme"`) {
		t.Fatal(err, plugins)
	}
	return dir
}

// script is a program of a line of shell.
func script(line string) func(t *testing.T, path string) {
	return func(t *testing.T, path string) {
		t.Helper()
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+line+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// One of twenty plugins is broken: the store opens with the others, says which
// plugin, which device and where in its files, and takes the plugin in once it
// is mended.
func TestOneBroken(t *testing.T) {
	t.Parallel()
	good := program(t, simulatedPackage, "")
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	const (
		shelf  = "weight_shelf.fresh"
		twenty = "crashes at start" // what is so with twenty plugins is tried with three in the others
		late   = "hangs at start"   // told of Run alone: each time is waited for
	)
	for name, c := range map[string]struct {
		device string
		make   func(t *testing.T, path string)
		says   string
		closed string
	}{
		"missing":              {shelf, func(*testing.T, string) {}, "there is no ", ""},
		"corrupt":              {shelf, func(t *testing.T, path string) { corrupt(t, path, whole) }, "file", ""},
		"crashes at start":     {shelf, script("exit 3"), "exit status 3", ""},
		"hangs at start":       {shelf, script("exec sleep 60"), "was not ready within", ""},
		"rubbish":              {shelf, script("echo Acme driver; exec sleep 60"), "Acme driver", ""},
		"wrong version":        {shelf, script("echo '1|99|unix|/nowhere|grpc|'; exec sleep 60"), "version", ""},
		"the payment, missing": {"payment.cards", func(*testing.T, string) {}, "there is no ", "payment.cards"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendors, limits := 2, patient()
			switch name {
			case twenty:
				vendors = 20
			case late:
				limits.StartWithin = 8 * time.Second
			}
			dir, data := crowd(t, c.device, good, vendors), t.TempDir()
			program := filepath.Join(dir, "acme")
			c.make(t, program)
			if name != late {
				_, problems, err := Validate(t.Context(), dir, nil, &ValidateOptions{limits: limits})
				if err != nil || !problems.HasErrors() {
					t.Errorf("it passes for well described: %v, %v", problems, err)
				}
			}
			ctx, stop := context.WithTimeout(t.Context(), 4*time.Minute)
			defer stop()
			var warned storefile.Problems
			opened := false
			_, err := Run(ctx, Options{
				limits: limits, Dir: dir, Data: data, StopPeers: true, Log: logTo(t), Vars: map[string]string{"shoppers": "3", "speed": "1", "noise": "none"},
				Warn: func(p storefile.Problems) { warned = append(warned, p...) },
				Ready: func(Running) {
					defer stop()
					opened = true
					judgeBroken(t, ctx, control.NewClient(data), c.device, c.says, c.closed, func() {
						if err := errors.Join(os.RemoveAll(program), os.WriteFile(program, whole, 0o755)); err != nil {
							t.Fatal(err)
						}
					})
				},
			})
			if err != nil || !opened {
				t.Fatalf("opened %v: %v", opened, err)
			}
			if len(warned) != 1 {
				t.Fatalf("%d problems: %v", len(warned), warned)
			}
			text := warned[0].String() + warned[0].Detail
			for _, want := range []string{`"acme"`, c.device, "store.hcl:", c.says} {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in %s", want, text)
				}
			}
			if _, err := Verify(t.Context(), data); err != nil {
				t.Error(err)
			}
		})
	}
}

func corrupt(t *testing.T, path string, whole []byte) {
	t.Helper()
	b := append([]byte{}, whole...)
	for i := 64; i < len(b); i++ { // the header is whole
		b[i] ^= 0x5a
	}
	if err := os.WriteFile(path, b, 0o755); err != nil {
		t.Fatal(err)
	}
}

// judgeBroken looks at a store that opened without a plugin, has it mended and
// released, and looks again.
func judgeBroken(t *testing.T, ctx context.Context, c *control.Client, device, says, closed string, mend func()) {
	t.Helper()
	s, err := c.State(ctx)
	if err != nil {
		t.Error(err)
		return
	}
	for _, d := range s.Devices {
		switch {
		case d.Address != device && d.State != "ready":
			t.Errorf("%s is %s: %s", d.Address, d.State, d.Cause)
		case d.Address == device && (d.State != "quarantined" || !strings.Contains(d.Cause, says)):
			t.Errorf("%s is %s: %s", d.Address, d.State, d.Cause)
		}
	}
	// What the journal tells is seen a moment after the devices are.
	for err == nil && (s.Engine.EntryClosed == "") != (closed == "") {
		s, err = c.State(ctx)
	}
	if err != nil || !strings.Contains(s.Engine.EntryClosed, closed) {
		t.Errorf("the entry is closed: %q, %v", s.Engine.EntryClosed, err)
	}
	by := control.By{Actor: "ada", Reason: "a test"}
	if _, err := c.Release(ctx, "acme", by); err == nil {
		t.Error("it was released although it is broken")
	}
	mend()
	if out, err := c.Release(ctx, "acme", by); err != nil || !out.Changed {
		t.Errorf("released: %+v, %v", out, err)
	}
	if s, err = c.State(ctx); err != nil {
		t.Error(err)
	}
	for _, d := range s.Devices {
		if d.State != "ready" {
			t.Errorf("mended, %s is %s: %s", d.Address, d.State, d.Cause)
		}
	}
	if out, err := c.Release(ctx, "acme", by); err != nil || out.Changed {
		t.Errorf("released again: %+v, %v", out, err)
	}
}
