package storefile

import "testing"

// Every block and argument of the language says what it is: a new one without
// words stops here, and an example that is no block too.
func TestLanguageIsDescribed(t *testing.T) {
	var walk func(way string, key string, b BlockDoc)
	walk = func(way, key string, b BlockDoc) {
		way += "/" + b.Name
		if b.Doc == "" || b.Example == "" {
			t.Errorf("%s is not described", way)
		}
		if s := parse(way, []byte(b.Example)); s.diags.HasErrors() || len(s.body.Blocks) != 1 || s.body.Blocks[0].Type != b.Name {
			t.Errorf("the example of %s is no such block: %v\n%s", way, s.diags, b.Example)
		} else {
			for _, a := range b.Arguments {
				if a.Required && s.body.Blocks[0].Body.Attributes[a.Name] == nil {
					t.Errorf("the example of %s lacks %s", way, a.Name)
				}
			}
			for name := range s.body.Blocks[0].Body.Attributes {
				if _, ok := b.Argument(name); !ok && !b.Open {
					t.Errorf("the example of %s has %s", way, name)
				}
			}
		}
		for _, a := range b.Arguments {
			if a.Doc == "" || a.Form == "" {
				t.Errorf("%s.%s is not described: %+v", way, a.Name, a)
			}
		}
		for _, inner := range b.Blocks {
			walk(way, inner.Name, inner)
		}
	}
	known := map[string]bool{}
	for _, b := range append(Language(), FleetLanguage()...) {
		walk("", b.Name, b)
		known[b.Name] = true
	}
	for _, name := range topLevel() {
		if !known[name] {
			t.Errorf("%s is missing", name)
		}
	}
	for _, f := range FunctionDocs() {
		if f.Doc == "" {
			t.Errorf("%s is not described", f.Signature())
		}
	}
}

// TestTestLanguage finds words for each block of a test file, and for what most
// runs write.
func TestTestLanguage(t *testing.T) {
	var look func(blocks []BlockDoc)
	look = func(blocks []BlockDoc) {
		for _, b := range blocks {
			if b.Doc == "" || b.Example == "" {
				t.Errorf("block %s has no words", b.Name)
			}
			for _, a := range b.Arguments {
				if a.Required && (a.Doc == "" || a.Form == "") {
					t.Errorf("%s.%s has no words: %+v", b.Name, a.Name, a)
				}
			}
			look(b.Blocks)
		}
	}
	all := TestLanguage()
	look(all)
	if len(all) != 2 || len(all[0].Blocks) != len(stepTypes())+2 {
		t.Errorf("%d blocks", len(all))
	}
}
