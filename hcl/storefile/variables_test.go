package storefile

import (
	"strings"
	"testing"
)

// Later values win: default, store.storevars, *.auto.storevars by name, the
// command line's files in order, the command line itself.
func TestValuesOrder(t *testing.T) {
	files := map[string]string{
		"vars.hcl": `
variable "a" { default = "a0" }
variable "b" { default = "b0" }
variable "c" { default = "c0" }
variable "d" { default = "d0" }
variable "e" { default = "e0" }
variable "ids" { type = list(number) }
zone "z" { for_each = toset([var.a, var.b, var.c, var.d, var.e, "${sum(var.ids)}"]) }
`,
		"store.storevars":    "b = \"b1\"\nc = \"c1\"\nd = \"d1\"\ne = \"e1\"\n",
		"z.auto.storevars":   "c = \"c3\"\nd = \"d3\"\ne = \"e3\"\n",
		"a.auto.storevars":   "c = \"c2\"\n",
		"one.file.storevars": "d = \"d4\"\ne = \"e4\"\n",
		"two.file.storevars": "d = \"d5\"\n",
	}
	dir := store(t, files)
	d, ps := Load(dir, &Options{
		Schemas: acme{}, WorkDir: dir, VarFiles: []string{"one.file.storevars", "two.file.storevars"}, Vars: map[string]string{"e": "e6", "ids": "[1, 2, 4]"},
	})
	if ps.HasErrors() {
		t.Fatal(ps)
	}
	var got []string
	for _, z := range d.Store.Zones {
		if name, ok := strings.CutPrefix(z.Address, "zone.z["); ok {
			got = append(got, strings.Trim(name, `"]`))
		}
	}
	if strings.Join(got, " ") != "7 a0 b1 c3 d5 e6" {
		t.Errorf("got %v", got)
	}
}

func TestValuesProblems(t *testing.T) {
	for _, c := range []struct{ name, src, vars, place, code, suggestion string }{
		{"undeclared", "", "lanse = 1", "store.storevars:1:1", "unknown_variable", "lanes"},
		{"of another type", "", "lanes = \"many\"", "store.storevars:1:9", "wrong_type", ""},
		{"not allowed", "", "lanes = 9", "store.storevars:1:9", "invalid_value", ""},
		{"computed", "", "lanes = 1 + x", "store.storevars:1:9", "expression", ""},
		{"a block", "", "lanes {\n}\n", "store.storevars:1:1", "unknown_block", ""},
		{"syntax", "", "lanes = = 1\n", "store.storevars:1:9", "syntax", ""},
		{"type of nothing", "variable \"x\" {\n  type    = lst(string)\n  default = []\n}", "", "more.hcl:2:13", "unknown_word", "list"},
		{"type without its elements", "variable \"x\" {\n  type    = list\n  default = []\n}", "", "more.hcl:2:13", "unknown_word", ""},
		{"secret written out", "variable \"x\" {\n  sensitive = true\n  default   = \"planted\"\n}", "", "more.hcl:3:15", "secret", ""},
		{"secret where it shows", "variable \"x\" {\n  sensitive = true\n}\nproduct \"p\" {\n  gtin  = \"09521234000112\"\n  name  = var.x\n  price = \"1 EUR\"\n  tax   = tax.standard\n}", "x = \"hidden\"", "more.hcl:6:11", "secret", ""},
		{"a rule without its message", "variable \"x\" {\n  default = 1\n  validation {\n    condition = true\n  }\n}", "", "more.hcl:3:3", "missing_argument", ""},
		{"a rule that is no rule", "variable \"x\" {\n  default = 1\n  validation {\n    condition     = \"yes\"\n    error_message = \"no\"\n  }\n}", "", "more.hcl:4:21", "wrong_type", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, ps := Load(store(t, map[string]string{"store.storevars": c.vars, "more.hcl": `variable "lanes" {
  default = 2
  validation {
    condition     = var.lanes < 5
    error_message = "There is no room."
  }
}
`, "a.hcl": ""}), &Options{Schemas: acme{}})
			if c.src != "" {
				_, ps = Load(store(t, map[string]string{"store.storevars": c.vars, "more.hcl": c.src}), &Options{Schemas: acme{}})
			}
			for _, p := range ps {
				if strings.Contains(p.String()+p.Suggestion, "hidden") {
					t.Errorf("%s tells a secret", p)
				}
				if p.Place.String() == c.place && p.Code == c.code && p.Suggestion == c.suggestion {
					checkForm(t, p)
					return
				}
			}
			t.Errorf("%v", ps)
		})
	}
}
