package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const corner = "../../../examples/corner/scene.json"

// TestFlags: what is wrong is said in one go, and nothing starts.
func TestFlags(t *testing.T) {
	good := []string{"-scene", corner, "-data", t.TempDir(), "-address-file", "a"}
	for _, c := range []struct {
		args []string
		says string
	}{
		{nil, "-scene is required\n-data is required\n-address-file is required"},
		{[]string{"-speed", "0"}, "-speed"},
		{[]string{"-speed", "NaN"}, "-speed"},
		{[]string{"-speed", "fast"}, "-speed"},
		{[]string{"-shoppers", "-1"}, "-shoppers"},
		{[]string{"-shoppers", "1000001"}, "-shoppers"},
		{[]string{"-basket", "0"}, "-basket"},
		{[]string{"-arrivals", "0s"}, "-arrivals"},
		{[]string{"-declines", "1000001"}, "-declines"},
		{[]string{"-payment-faults", "all"}, "-payment-faults"},
		{[]string{"-clock", "sundial"}, "-clock"},
		{[]string{"-start", "yesterday"}, "-start"},
		{[]string{"-linger", "0s"}, "-linger"},
		{[]string{"-noise", "loud"}, "loud"},
		{[]string{"-scene", "nowhere.json"}, "nowhere.json"},
		{[]string{"extra"}, "extra"},
	} {
		args := c.args
		if args != nil {
			args = append(append([]string{}, good...), args...)
		}
		err := run(t.Context(), args, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v: %v, want %q", c.args, err, c.says)
		}
	}
	f, err := parse(append(good, "-speed", "2.5", "-await", "a,b"), io.Discard)
	if err != nil || f.perSecond != 2.5 || len(f.await) != 2 || f.shoppers != 20 || f.noise != "none" || !filepath.IsAbs(f.addressFile) {
		t.Errorf("%+v %v", f, err)
	}
}

// TestBadFiles: a scene or script that is wrong is named with its line.
func TestBadFiles(t *testing.T) {
	dir := t.TempDir()
	files := 0
	write := func(name, text string) string {
		files++
		p := filepath.Join(dir, fmt.Sprintf("%d-%s", files, name))
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return p
	}
	script := func(text string) []string { return []string{"-script", write("script.json", text)} }
	scene := func(text string) []string { return []string{"-scene", write("scene.json", text)} }
	for _, c := range []struct {
		args []string
		says string
	}{
		{scene(""), "scene.json: line 1"},
		{scene("{\n\"zones\": [],\n\"shops\": 1}"), "scene.json: line 3"},
		{scene(`{}`), "needs a gate"},
		{scene(`{"zones":["zone.a"],"gates":[{"address":"gate.a","zone":"zone.b"}]}`), `no zone "zone.b"`},
		{scene(`{"zones":["zone.a"],"gates":[{"address":"gate.a","zone":"zone.a"}],"products":[{"name":"p","gtin":"09521234000113","mass":"1 g"}]}`), "GTIN"},
		{scene(`{"zones":["zone.a"],"gates":[{"address":"gate.a","zone":"zone.a"}],"products":[{"name":"p","gtin":"09521234000112","mass":"0 g"}]}`), "not positive"},
		{script(`[]`), "begins with enter"},
		{script("[{\"at\":\"0s\",\"do\":\"enter\",\"token\":\"t\"},\n{\"at\":\"1s\",\"do\":\"fly\"},\n{\"at\":\"2s\",\"do\":\"leave\"}]"), "step 2"},
		{script(`[{"at":"3s","do":"enter","token":"t"},{"at":"2s","do":"leave"}]`), "before the step above"},
		{script(`[{"at":"0s","do":"enter","token":"t"},{"at":"1s","do":"take","bay":"weight_shelf.x.bay[1]","gtin":"09521234000112"},{"at":"2s","do":"leave"}]`), "no bay"},
	} {
		args := append([]string{"-scene", corner, "-data", t.TempDir(), "-address-file", filepath.Join(dir, "address")}, c.args...)
		err := run(t.Context(), args, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v: %v, want %q", c.args, err, c.says)
		}
	}
}

// TestLinger: with nobody connected the world ends by itself.
func TestLinger(t *testing.T) {
	data := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	err := run(ctx, []string{"-scene", corner, "-data", data, "-address-file", filepath.Join(data, "address"), "-linger", "20ms"}, io.Discard, io.Discard)
	if err != nil || ctx.Err() != nil {
		t.Errorf("ended with %v, %v", err, ctx.Err())
	}
	if entries, err := os.ReadDir(data); err != nil || len(entries) != 4 {
		t.Errorf("left behind: %v %v, want lock, ledger, names and truth", entries, err)
	}
}
