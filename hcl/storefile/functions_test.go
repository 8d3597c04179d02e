package storefile

import (
	"strings"
	"testing"
)

func TestFunctions(t *testing.T) {
	for expr, want := range map[string]string{
		`index(["a", "b"], "b")`:                           "1",
		`alltrue([true, true])`:                            "true",
		`alltrue([true, false])`:                           "false",
		`anytrue([false, false])`:                          "false",
		`anytrue([false, true])`:                           "true",
		`one(["x"])`:                                       "x",
		`startswith("drinks_1", "drinks")`:                 "true",
		`endswith("drinks_1", "2")`:                        "false",
		`strcontains("drinks_1", "ks_")`:                   "true",
		`yamldecode("a: [1, 2]\nb: yes text").a[1]`:        "2",
		`strrev("abc")`:                                    "cba",
		`formatdate("YYYY-MM-DD", "2026-11-27T08:00:00Z")`: "2026-11-27",
		`coalescelist([], ["b"])[0]`:                       "b",
		`trimspace(yamlencode({ a = 1 }))`:                 "\"a\": 1",
	} {
		d, ps := Load(store(t, map[string]string{"more.hcl": "zone \"z\" { for_each = toset([tostring(" + expr + ")]) }\n"}), &Options{Schemas: acme{}})
		if len(ps) > 0 {
			t.Errorf("%s: %v", expr, ps)
			continue
		}
		last := d.Store.Zones[len(d.Store.Zones)-1].Address
		if got := strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(last, `zone.z["`), `"]`), `\"`, `"`); got != want {
			t.Errorf("%s is %s, want %s", expr, got, want)
		}
	}
	for _, expr := range []string{
		`yamldecode("a: &x [1]\nb: *x")`, `yamldecode("a: 1e99999999")`, `yamldecode("` + strings.Repeat("[", 300) + `")`, `index(["a"], "b")`, `one(["a", "b"])`,
		`yamldecode("` + strings.Repeat("[", 250) + strings.Repeat("]", 250) + `")`,
	} {
		_, ps := Load(store(t, map[string]string{"more.hcl": "locals { x = " + expr + " }\n"}), &Options{Schemas: acme{}})
		if len(ps) != 1 || ps[0].Code != "function_failed" {
			t.Errorf("%s: %v", expr, ps)
		}
	}
}
