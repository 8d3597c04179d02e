package language

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/config"
)

// known is one plugin with a gate and a shelf.
type known struct{}

func (known) Driver(plugin, driver string) (config.Schema, string, bool) {
	least := int64(1)
	switch {
	case plugin != "acme":
	case driver == "speedlane":
		return config.Schema{
			Attributes: []config.Attribute{
				{Name: "addr", Type: config.TypeString, Required: true, Doc: "Where its controller listens."},
				{Name: "mode", Type: config.TypeString, OneOf: []string{"slow", "fast"}},
				{Name: "relays", Type: config.TypeInteger, Min: &least},
			},
			Blocks: []config.Block{{Name: "lane", Doc: "One lane.", Schema: config.Schema{Attributes: []config.Attribute{{Name: "width", Type: config.TypeInteger}}}}},
		}, "gate", true
	case driver == "scale":
		return config.Schema{}, "shelf", true
	}
	return config.Schema{}, "", false
}

func (known) Processing(string, string) (storedef.Processing, bool) {
	return storedef.Processing{}, false
}

func (known) Drivers(plugin string) ([]string, bool) {
	return []string{"speedlane", "scale"}, plugin == "acme"
}

const shop = `store "s" {
  currency = "EUR"
  timezone = "UTC"
}
plugin "acme" {
  source = "./acme"
}
variable "rate" {
  default     = "23%"
  description = "What the state takes."
}
locals {
  mode = "fast"
}
zone "entrance" {}
zone "drinks" {}
gate "north" {
  driver = acme.speedlane
  zone   = zone.entrance
  role   = "both"
  config {
    addr = "10.0.0.1"
    mode = local.mode
  }
}
credential_reader "north" {
  serves = [gate.north]
}
weight_shelf "cooler" {
  bays = 2
}
tax "standard" {
  rate = var.rate
}
`

// at opens the shop with a text of which | is where the cursor is.
func at(t *testing.T, text string) (*Folder, int) {
	t.Helper()
	offset := strings.Index(text, "|")
	if offset < 0 {
		t.Fatal("no cursor")
	}
	return Open(map[string][]byte{"shop.hcl": []byte(shop), "here.hcl": []byte(text[:offset] + text[offset+1:])}, &Options{
		Schemas: known{}, Addresses: []string{"weight_shelf.cooler.bay[1]", "weight_shelf.cooler.bay[2]", `gate.lane["3"]`},
	}), offset
}

func TestComplete(t *testing.T) {
	for _, c := range []struct {
		text       string
		want, none []string
	}{
		{"|", []string{"gate", "product", "settlement"}, []string{"bay", "facing"}},
		{"ga|", []string{"gate"}, []string{"zone"}},
		{"gate \"x\" {\n  |\n}", []string{"driver", "zone", "role", "config", "when_down"}, []string{"bays", "rate"}},
		{"gate \"x\" {\n  driver = acme.speedlane\n  zone = |\n}", []string{"zone.entrance", "zone.drinks"}, []string{"gate.north", "tax.standard"}},
		{"gate \"x\" {\n  zone = zone.|\n}", []string{"zone.entrance", "zone.drinks"}, []string{"gate.north"}},
		{"gate \"x\" {\n  driver = |\n}", []string{"acme.speedlane"}, []string{"acme.scale"}},
		{"weight_shelf \"x\" {\n  driver = acme.|\n}", []string{"acme.scale"}, []string{"acme.speedlane"}},
		{"gate \"x\" {\n  role = |\n}", []string{"entry", "both"}, []string{"zone.drinks"}},
		{"gate \"x\" {\n  driver = acme.speedlane\n  config {\n    |\n  }\n}", []string{"addr", "mode", "relays", "lane"}, []string{"zone"}},
		{"gate \"x\" {\n  driver = acme.speedlane\n  config {\n    mode = |\n  }\n}", []string{"fast", "local.mode", "var.rate"}, nil},
		{"gate \"x\" {\n  driver = acme.speedlane\n  config {\n    lane {\n      |\n    }\n  }\n}", []string{"width"}, []string{"addr"}},
		{"credential_reader \"x\" {\n  serves = |\n}", []string{"gate.north", `gate.lane["3"]`}, []string{"zone.drinks"}},
		{"credential_reader \"x\" {\n  serves = [|]\n}", []string{"gate.north"}, []string{"zone.drinks"}},
		{"planogram \"x\" {\n  facing {\n    at = |\n  }\n}", []string{"weight_shelf.cooler.bay[2]"}, []string{"weight_shelf.cooler"}},
		{"tax \"x\" {\n  rate = v|\n}", []string{"var.rate", "values"}, nil},
		{"product \"x\" {\n  tax = tax.|\n}", []string{"tax.standard"}, nil},
		{"entry {\n  tenders = [|]\n}", []string{"card"}, nil},
		{"failure {\n  shelf = |\n}", []string{"doubt"}, []string{"offline"}},
		{"settlement {\n  offline {\n    |\n  }\n}", []string{"per_sale", "total"}, []string{"hold"}},
	} {
		f, offset := at(t, c.text)
		found, _, err := f.Complete(context.Background(), "here.hcl", offset)
		if err != nil {
			t.Error(err)
		}
		var labels []string
		for _, x := range found {
			if x.Label == "both" && x.Edit.Text != `"both"` {
				t.Errorf("a word is written with quotation marks: %+v", x)
			}
			labels = append(labels, x.Label)
		}
		for _, w := range c.want {
			if !slices.Contains(labels, w) {
				t.Errorf("%s\nlacks %s: %v", c.text, w, labels)
			}
		}
		for _, w := range c.none {
			if slices.Contains(labels, w) {
				t.Errorf("%s\nhas %s", c.text, w)
			}
		}
	}
}

func TestHover(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"ga|te \"x\" {\n}", "One lane between the street and the store."},
		{"gate \"x\" {\n  ro|le = \"entry\"\n}", "For a way in, a way out, or both."},
		{"gate \"x\" {\n  zone = zone.entr|ance\n}", "zone \"entrance\" {}"},
		{"tax \"x\" {\n  rate = var.ra|te\n}", "What the state takes."},
		{"gate \"x\" {\n  driver = acme.speedlane\n  config {\n    add|r = \"\"\n  }\n}", "Where its controller listens."},
		{"gate \"x\" {\n  driver = acme.speedlane\n  config {\n    rel|ays = 1\n  }\n}", "at least 1"},
		{"gate \"x\" {\n  driver = ac|me.speedlane\n}", "plugin \"acme\""},
		{"tax \"x\" {\n  rate = up|per(\"a\")\n}", "upper"},
	} {
		f, offset := at(t, c.text)
		h, ok, err := f.Hover(context.Background(), "here.hcl", offset)
		if err != nil || !ok || !strings.Contains(h.Markdown, c.want) {
			t.Errorf("%s: %v %v\n%s", c.text, ok, err, h.Markdown)
		}
	}
}

func TestDefinition(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"gate \"x\" {\n  zone = zone.ent|rance\n}", `zone "`},
		{"gate \"x\" {\n  zone = zo|ne[\"entrance\"]\n}", `zone "`},
		{"tax \"x\" {\n  rate = upper(var.|rate)\n}", `variable "`},
		{"tax \"x\" {\n  rate = [for r in [1] : local.mode|]\n}", "locals {\n  "},
		{"gate \"x\" {\n  driver = acme.speed|lane\n}", `plugin "`},
		{"facing {\n  at = weight_shelf.cooler.bay[|1]\n}", `weight_shelf "`},
		{"gate \"x\" {\n  zone = zone.no|where\n}", ""},
		{"gate \"x\" {\n  zone| = 1\n}", ""},
	} {
		f, offset := at(t, c.text)
		got := f.Definition("here.hcl", offset)
		switch {
		case c.want == "" && len(got) == 0:
		case len(got) != 1 || !strings.HasSuffix(shop[:got[0].From], c.want):
			t.Errorf("%s: %v", c.text, got)
		}
	}
}

// renamed gives the files after a rename, by applying its edits.
func renamed(t *testing.T, f *Folder, files map[string][]byte, name string, offset int, to string) map[string]string {
	t.Helper()
	edits, err := f.Rename(name, offset, to)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for n, src := range files {
		out[n] = string(src)
	}
	for _, e := range slices.Backward(edits) {
		out[e.File] = out[e.File][:e.From] + e.Text + out[e.File][e.To:]
	}
	return out
}

func TestRename(t *testing.T) {
	files := map[string][]byte{
		"a.hcl":           []byte("gate \"door\" {\n  driver = acme.speedlane\n}\n\ngate \"doorbell\" {}\n"),
		"b.hcl":           []byte("credential_reader \"door\" {\n  serves = [gate.door, gate[\"door\"], gate.doorbell]\n}\n"),
		"x.storetest.hcl": []byte("run \"visit\" {\n  enter { at = gate.door }\n}\n"),
	}
	data := map[string][]byte{
		"scene.json": []byte(`{"gate": "gate.door", "other": "gate.doorbell", "my_gate.door": 1}`),
		"p.csv":      []byte("at\ngate.door\n"),
	}
	f := Open(files, &Options{Data: data})
	all := map[string][]byte{}
	for _, m := range []map[string][]byte{files, data} {
		for n, src := range m {
			all[n] = src
		}
	}
	got := renamed(t, f, all, "b.hcl", strings.Index(string(files["b.hcl"]), "gate.door")+6, "north")
	want := map[string]string{
		"a.hcl":           "gate \"north\" {\n  driver = acme.speedlane\n}\n\nmoved {\n  from = gate.door\n  to   = gate.north\n}\n\ngate \"doorbell\" {}\n",
		"b.hcl":           "credential_reader \"door\" {\n  serves = [gate.north, gate[\"north\"], gate.doorbell]\n}\n",
		"x.storetest.hcl": "run \"visit\" {\n  enter { at = gate.north }\n}\n",
		"scene.json":      `{"gate": "gate.north", "other": "gate.doorbell", "my_gate.door": 1}`,
		"p.csv":           "at\ngate.north\n",
	}
	for n := range want {
		if got[n] != want[n] {
			t.Errorf("%s:\n%s", n, got[n])
		}
	}
}

// What a for_each made keeps its history key by key, and a second rename goes on
// from the name before it.
func TestRenameHistory(t *testing.T) {
	files := map[string][]byte{"a.hcl": []byte("gate \"lane\" {\n  for_each = { a = 1, b = 2 }\n}\n")}
	f := Open(files, &Options{Addresses: []string{`gate.lane["a"]`, `gate.lane["b"]`, `gate.lanes["c"]`}})
	got := renamed(t, f, files, "a.hcl", 7, "way")["a.hcl"]
	if !strings.Contains(got, "from = gate.lane[\"a\"]\n  to   = gate.way[\"a\"]") || !strings.Contains(got, `gate.way["b"]`) || strings.Contains(got, `"c"`) {
		t.Error(got)
	}
	files = map[string][]byte{"a.hcl": []byte("gate \"b\" {}\nmoved {\n  from = gate.a\n  to   = gate.b\n}\n")}
	got = renamed(t, Open(files, nil), files, "a.hcl", 7, "c")["a.hcl"]
	if got != "gate \"c\" {}\n\nmoved {\n  from = gate.b\n  to   = gate.c\n}\nmoved {\n  from = gate.a\n  to   = gate.b\n}\n" {
		t.Error(got)
	}
}

func TestRenameRefuses(t *testing.T) {
	for _, c := range []struct{ text, to, want string }{
		{"gate \"x|\" {}", "north", "already"},
		{"gate \"x|\" {}", "no rth", "can't be a name"},
		{"plugin \"x|\" {}", "y", "lock"},
		{"variable \"x|\" {}", "y", "values are given"},
		{"gate \"x\" { zone = zone.none| }", "y", "declares"},
		{"ga|te \"x\" {}", "y", "nothing with a name"},
	} {
		f, offset := at(t, c.text)
		if _, err := f.Rename("here.hcl", offset, c.to); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.text, err)
		}
	}
}

// Whatever is written, at whatever place it is asked about, nothing panics.
func TestNeverPanics(t *testing.T) {
	texts := []string{shop, "gate \"x\" {\n driver = acme.\n", "gate {", "a = [", "\x00\xff", strings.Repeat("(", 500), "gate \"\" { config { lane { dynamic \"x\" { content {} } } } }",
		"weight_shelf \"x\" {\n dynamic \"bay\" {\n for_each = range(2)\n labels = [bay.value]\n content {\n cert\n }\n}\n}", "x = <<EOT\n${gate.", "moved {\n from = gate\n}"}
	for _, text := range texts {
		for step := range 25 {
			offset := len(text) * step / 24
			f := Open(map[string][]byte{"h.hcl": []byte(text)}, &Options{Schemas: known{}, Plugins: []string{"acme"}})
			ctx := context.Background()
			_, _, errC := f.Complete(ctx, "h.hcl", offset)
			_, _, errH := f.Hover(ctx, "h.hcl", offset)
			if errC != nil || errH != nil {
				t.Errorf("%q at %d: %v %v", text, offset, errC, errH)
			}
			f.Definition("h.hcl", offset)
			f.References("h.hcl", offset)
			_, _ = f.Rename("h.hcl", offset, fmt.Sprintf("n%d", step))
			f.Symbols("h.hcl")
		}
	}
}
