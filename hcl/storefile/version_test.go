package storefile

import (
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	tests := []struct {
		wanted string
		asked  bool
		says   string
	}{
		{"~> 1.4", true, ""}, {"1.4.2", true, ""}, {">= 1.4, < 2", true, ""},
		{"~> 1.5", true, "Wanted is ~> 1.5, found is 1.4.2"}, {"< 1.4.2", true, "found is 1.4.2"},
		{"~> 1.5", false, ""}, {"newest", false, `"newest" can't be read`}, {"newest", true, `"newest" can't be read`},
	}
	base := strings.Replace(read(t, "testdata/base.hcl"), "plugin \"acme\" {", "plugin \"acme\" {\n  version = \"WANTED\"", 1)
	for _, tt := range tests {
		dir := store(t, map[string]string{"base.hcl": strings.Replace(base, "WANTED", tt.wanted, 1)})
		opts := &Options{}
		if tt.asked {
			opts.Schemas = acme{}
		}
		_, ps := Load(dir, opts)
		switch {
		case tt.says == "" && len(ps) > 0:
			t.Errorf("%q: %v", tt.wanted, ps)
		case tt.says != "" && (len(ps) != 1 || !strings.Contains(ps[0].Detail, tt.says) || ps[0].Snippet != `  version = "`+tt.wanted+`"`):
			t.Errorf("%q: %v, want one at its line with %q", tt.wanted, ps, tt.says)
		}
	}
}
