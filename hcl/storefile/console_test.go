package storefile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEval(t *testing.T) {
	dir := t.TempDir()
	const text = "store \"s\" {\n  currency = \"EUR\"\n  timezone = \"UTC\"\n}\nzone \"drinks\" {}\nlocals {\n  lanes = [1, 2]\n}\nvariable \"key\" {\n  sensitive = true\n  default = secret(\"env:NOT_SET\")\n}\npeer \"w\" {\n  source = \"./w\"\n}\n"
	if err := os.WriteFile(filepath.Join(dir, "s.hcl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d, _ := Load(dir, nil)
	for expression, want := range map[string]Value{
		"1 + 1":             {"2", []byte("2"), "number"},
		"zone.drinks":       {"zone.drinks", []byte(`{"address":"zone.drinks","kind":"zone"}`), "reference to a zone"},
		"local.lanes":       {"[1, 2]", []byte("[1,2]"), "tuple"},
		"var.key":           {"(secret)", []byte("null"), "string"},
		"[var.key]":         {"(secret)", []byte("null"), "tuple"},
		"peer.w.address":    {"(known only when the store runs)", []byte("null"), "string"},
		"upper(\"a\")":      {`"A"`, []byte(`"A"`), "string"},
		"try(local.x.y, 3)": {"3", []byte("3"), "number"},
	} {
		got, ps := d.Eval(expression)
		if ps.HasErrors() || got.Text != want.Text || string(got.JSON) != string(want.JSON) || got.Type != want.Type {
			t.Errorf("%s: %q %s %s, %v", expression, got.Text, got.JSON, got.Type, ps)
		}
	}
	for expression, want := range map[string]string{
		"zone.drnks": "unknown_reference", "1 +": "syntax", strings.Repeat("(", 300): "too_large", strings.Repeat("1", MaxExpression+1): "too_large", "": "syntax",
	} {
		if _, ps := d.Eval(expression); len(ps) == 0 || ps[0].Code != want {
			t.Errorf("%.20q: %v", expression, ps)
		}
	}
	if _, ps := d.Eval("zone.drnks"); len(ps) != 1 || ps[0].Suggestion != "zone.drinks" || ps[0].Line != 1 {
		t.Errorf("%+v", ps)
	}
}

// A function repeats in its error what it was given: not where that is a secret,
// or was made of one.
func TestEvalTellsNoSecret(t *testing.T) {
	dir := t.TempDir()
	text := "store \"s\" {\n  currency = \"EUR\"\n  timezone = \"UTC\"\n}\nvariable \"pin\" { sensitive = true }\nlocals { loud = upper(var.pin) }\n"
	if err := os.WriteFile(filepath.Join(dir, "store.hcl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d, _ := Load(dir, &Options{Vars: map[string]string{"pin": "canary-4711"}, Secrets: func(string) (string, error) { return "canary-4711", nil }})
	for _, expression := range []string{
		"tonumber(var.pin)", "parseint(var.pin, 10)", "tonumber(local.loud)", "[for x in [var.pin] : tonumber(x)]", "tonumber(\"a${var.pin}\")",
		"tonumber(secret(\"env:X\"))", "regex(var.pin, \"x\")", "gtin(var.pin)", "jsondecode(var.pin)", "timeadd(var.pin, \"1h\")", "tonumber(upper(secret(\"env:X\")))",
	} {
		_, problems := d.Eval(expression)
		if !problems.HasErrors() {
			t.Errorf("%s is right", expression)
		}
		for _, p := range problems {
			if strings.Contains(strings.ToLower(p.String()), "canary") {
				t.Errorf("%s: %s", expression, p)
			}
		}
	}
	if _, problems := d.Eval(`tonumber("four")`); len(problems) != 1 || !strings.Contains(problems[0].Detail, `"four"`) {
		t.Errorf("what is no secret is not said: %v", problems)
	}
}
