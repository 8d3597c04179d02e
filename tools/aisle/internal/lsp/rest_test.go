package lsp

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// labels asks what may be written behind a text.
func (e *editor) labels(path, src, after string) []string {
	e.t.Helper()
	var list completionList
	if err := e.ask("textDocument/completion", where(path, src, after), &list); err != nil {
		e.t.Error(err)
	}
	var out []string
	for _, i := range list.Items {
		out = append(out, i.Label)
	}
	return out
}

// offers checks completions.
func (e *editor) offers(path, src, after string, want, none []string) {
	e.t.Helper()
	got := e.labels(path, src, after)
	for _, w := range want {
		if !slices.Contains(got, w) {
			e.t.Errorf("behind %q there is no %s in %v", after, w, got)
		}
	}
	for _, n := range none {
		if slices.Contains(got, n) {
			e.t.Errorf("behind %q there is %s", after, n)
		}
	}
}

// opened begins a session in a copy of the corner shop with more files.
func opened(t *testing.T, files map[string]string) (*editor, string) {
	t.Helper()
	dir := copyOf(t)
	for name, text := range files {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	e := start(t)
	if err := e.ask("initialize", map[string]any{"rootUri": uriOf(dir), "capabilities": map[string]any{}}, nil); err != nil {
		t.Fatal(err)
	}
	e.send("initialized", 0, map[string]any{})
	return e, dir
}

// A file of values knows the store's variables, and what does not fit them is
// wrong, whether the store reads it by itself or not.
func TestValues(t *testing.T) {
	e, dir := opened(t, map[string]string{"busy.storevars": "shoppers = 200\nsed = 7\n", "store.storevars": "nois = \"none\"\n"})
	busy := filepath.Join(dir, "busy.storevars")
	src := e.open(busy)
	misspelled := func(name string) func([]diagnostic) bool {
		return func(d []diagnostic) bool {
			return len(d) == 1 && d[0].Data.Suggestion == name && d[0].Range.Start.Character == 0
		}
	}
	e.until("busy.storevars", misspelled("seed"))
	e.until("store.storevars", misspelled("noise"))
	e.offers(busy, src, "shoppers = 200\n", []string{"noise", "payment_faults"}, []string{"gate"})
	var h hover
	if err := e.ask("textDocument/hover", where(busy, src, "shop"), &h); err != nil || !strings.Contains(h.Contents.Value, "How many visits there are") {
		t.Error(err, h)
	}
	var to []location
	if err := e.ask("textDocument/definition", where(busy, src, "shop"), &to); err != nil || len(to) != 1 || filepath.Base(path(to[0].URI)) != "store.hcl" {
		t.Error(err, to)
	}
	e.leave()
}

// A test is checked as it is written, in its own folder too, and its steps and
// the store's goods are known.
func TestTests(t *testing.T) {
	const text = "run \"one\" {\n  enter { by = \"card\" }\n  take {\n    product = product.col_330\n    \n  }\n  take {\n    product =  product.\n  }\n  \n  leave {}\n}\n"
	e, dir := opened(t, map[string]string{"tests/new.storetest.hcl": strings.Replace(text, "product.\n", "product.milk_1l\n", 1)})
	at := filepath.Join(dir, "tests", "new.storetest.hcl")
	e.open(at)
	e.until("new.storetest.hcl", func(d []diagnostic) bool {
		for _, x := range d {
			if x.Code == "unknown_reference" && x.Data.Suggestion == "product.cola_330" && x.Range.Start.Line == 3 {
				return true
			}
		}
		return false
	})
	e.send("textDocument/didChange", 0, map[string]any{"textDocument": map[string]any{"uri": uriOf(at)}, "contentChanges": []any{map[string]any{"text": text}}})
	e.offers(at, text, "col_330\n    ", []string{"units", "body", "at"}, []string{"driver", "gtin", "product"})
	e.offers(at, text, "product =  product.", []string{"product.cola_330"}, []string{"zone.drinks"})
	e.offers(at, text, "product.\n  }\n  ", []string{"leave", "assert", "processor"}, []string{"gate", "settlement"})
	e.offers(at, text, "by = ", []string{"card", "badge"}, nil)
	e.leave()
}

// In a block that is made for each of something, each is known; in a module's
// block, what the module takes, and in its folder what it has itself.
func TestModules(t *testing.T) {
	const more = `locals {
  rows = { a = { bays = 2, zone = "x" }, b = { bays = 4 } }
}
weight_shelf "row" {
  for_each = local.rows
  bays     = each.
}
weight_shelf "other" {
  bays = each.
}
module "front" {
  source = "./modules/lane"
  
}
credential_reader "front" {
  serves = module.front.
}
`
	const lane = `variable "place" {
  description = "Where it is."
}
variable "antennas" {
  default = [1]
}
gate "door" {
  zone = var.
}
output "gate" {
  value = gate.door
}
`
	e, dir := opened(t, map[string]string{"more.hcl": more, "modules/lane/lane.hcl": lane})
	at, inner := filepath.Join(dir, "more.hcl"), filepath.Join(dir, "modules", "lane", "lane.hcl")
	src := e.open(at)
	e.offers(at, src, "bays     = each.", []string{"each.key", "each.value", "each.value.bays", "each.value.zone"}, []string{"var.seed"})
	e.offers(at, src, "\"other\" {\n  bays = each.", nil, []string{"each.key"})
	e.offers(at, src, "./modules/lane\"\n  ", []string{"place", "antennas", "for_each"}, []string{"driver"})
	e.offers(at, src, "serves = module.front.", []string{"module.front.gate"}, nil)
	src = e.open(inner)
	e.offers(inner, src, "zone = var.", []string{"var.place", "var.antennas"}, []string{"var.seed"})
	e.leave()
}
