package configspec

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/openaisle/aisle/sdk/config"
)

func ptr(n int64) *int64 { return &n }

var schema = config.Schema{
	Attributes: []config.Attribute{
		{Name: "addr", Type: config.TypeString, Required: true},
		{Name: "key", Type: config.TypeString, Sensitive: true, Max: ptr(8)},
		{Name: "mode", Type: config.TypeString, OneOf: []string{"fast", "slow"}, Default: []byte(`"slow"`)},
		{Name: "rate", Type: config.TypeInteger, Min: ptr(1), Max: ptr(9007199254740993)},
		{Name: "gain", Type: config.TypeNumber},
		{Name: "settle", Type: config.TypeDuration, Min: ptr(1e6)},
		{Name: "tare", Type: config.TypeMass},
		{Name: "loud", Type: config.TypeBool},
		{Name: "tags", Type: config.TypeStringList},
		{Name: "ports", Type: config.TypeIntegerList},
		{Name: "labels", Type: config.TypeStringMap},
	},
	Blocks: []config.Block{
		{Name: "motor", Most: 1, Schema: config.Schema{Attributes: []config.Attribute{{Name: "speed", Type: config.TypeInteger, Required: true}}}},
		{Name: "lane", Most: 2, Schema: config.Schema{
			Attributes: []config.Attribute{{Name: "port", Type: config.TypeInteger, Default: []byte("7")}},
			Blocks:     []config.Block{{Name: "light", Schema: config.Schema{Attributes: []config.Attribute{{Name: "on", Type: config.TypeBool}}}}},
		}},
	},
}

func context() *hcl.EvalContext {
	return &hcl.EvalContext{Variables: map[string]cty.Value{
		"secret":  MarkSecret(cty.StringVal("hush")),
		"later":   cty.UnknownVal(cty.String),
		"hidden":  MarkSecret(cty.UnknownVal(cty.String)),
		"nothing": cty.NullVal(cty.DynamicPseudoType),
		"any":     cty.DynamicVal,
	}}
}

func decode(t testing.TB, src string, s config.Schema) Result {
	t.Helper()
	file, diags := hclsyntax.ParseConfig([]byte(src), "x.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	r, err := Decode(file.Body.(*hclsyntax.Body), s, context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestDecode(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"defaults", `addr = "a"`, `{"addr":"a","mode":"slow"}`},
		{"null takes the default", "addr = \"a\"\nmode = nothing", `{"addr":"a","mode":"slow"}`},
		{"a number for text", `addr = 7`, `{"addr":"7","mode":"slow"}`},
		{"integers keep all digits", "addr = \"a\"\nrate = 9007199254740993", `{"addr":"a","mode":"slow","rate":9007199254740993}`},
		{"numbers", "addr = \"a\"\ngain = 0.125", `{"addr":"a","gain":0.125,"mode":"slow"}`},
		{"quantities", "addr = \"a\"\nsettle = \"1.5 s\"\ntare = \"2 oz\"", `{"addr":"a","mode":"slow","settle":1500000000,"tare":56699}`},
		{"lists", "addr = \"a\"\ntags = [\"x\", 1]\nports = [1, \"2\"]\nlabels = { a = 1, b = \"c\" }\nloud = \"true\"",
			`{"addr":"a","labels":{"a":"1","b":"c"},"loud":true,"mode":"slow","ports":[1,2],"tags":["x","1"]}`},
		{"blocks", "addr = \"a\"\nmotor {\n speed = 3\n}\nlane {}\nlane {\n port = 8\n light {\n on = true\n }\n}",
			`{"addr":"a","lane":[{"port":7},{"light":[{"on":true}],"port":8}],"mode":"slow","motor":{"speed":3}}`},
		{"secret", "addr = \"a\"\nkey = \"${secret}!\"", `{"addr":"a","key":"hush!","mode":"slow"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := decode(t, tt.src, schema)
			if string(r.JSON) != tt.want || len(r.Diagnostics)+len(r.Problems)+len(r.Unknown) > 0 {
				t.Errorf("got  %s\nwant %s\n%v %v %v", r.JSON, tt.want, r.Diagnostics, r.Problems, r.Unknown)
			}
		})
	}
}

func TestDecodeProblems(t *testing.T) {
	tests := []struct {
		name, src, path, text, suggestion string
		line                              int
	}{
		{"required", `rate = 1`, "addr", "is required", "", 1},
		{"required in a block", "addr = \"a\"\nmotor {\n}", "motor.speed", "is required", "", 2},
		{"above", "addr = \"a\"\nrate = 9007199254740994", "rate", "above", "", 2},
		{"duration bound", "addr = \"a\"\nsettle = \"1us\"", "settle", "below", "", 2},
		{"duration unit", "addr = \"a\"\nsettle = \"5 min\"", "settle", "no duration", `"5m"`, 2},
		{"duration without unit", "addr = \"a\"\nsettle = 5", "settle", "no duration", `"5s"`, 2},
		{"choice", "addr = \"a\"\nmode = \"slwo\"", "mode", "one of", `"slow"`, 2},
		{"fraction for integer", "addr = \"a\"\nrate = 1.5", "rate", "integer", "", 2},
		{"too many blocks", "addr = \"a\"\nlane {}\nlane {}\nlane {}", "lane", "at most", "", 2},
		{"open secret", "addr = \"a\"\nkey = \"planted\"", "key", "is a secret", "", 2},
		{"secret in the open", "addr = secret", "addr", "not kept secret", "", 1},
		{"secret in a list", "addr = \"a\"\ntags = [\"b\", secret]", "tags", "not kept secret", "", 2},
		{"unknown secret in the open", "addr = hidden", "addr", "not kept secret", "", 1},
		{"long secret", "addr = \"a\"\nkey = \"${secret}${secret}${secret}\"", "key", "length", "", 2},
		{"null in a list", "addr = \"a\"\ntags = [nothing]", "tags", "element 0", "", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := decode(t, tt.src, schema)
			if r.JSON != nil || len(r.Problems) != 1 {
				t.Fatalf("%s %v %v", r.JSON, r.Problems, r.Diagnostics)
			}
			p := r.Problems[0]
			if p.Path != tt.path || !strings.Contains(p.Message, tt.text) || p.Suggestion != tt.suggestion || p.Range.Start.Line != tt.line {
				t.Errorf("%+v", p)
			}
			if strings.Contains(p.Message+p.Suggestion, "hush") || strings.Contains(p.Message, "planted") {
				t.Errorf("shows the secret: %+v", p)
			}
		})
	}
}

func TestDecodeUnknown(t *testing.T) {
	r := decode(t, "addr = later\nkey = hidden\nrate = any\nlane {\n port = any\n}", schema)
	if want := []string{"addr", "key", "lane[0].port", "rate"}; !reflect.DeepEqual(r.Unknown, want) || len(r.Problems) > 0 || r.JSON != nil {
		t.Errorf("%+v", r)
	}
}

func TestDecodeDiagnostics(t *testing.T) {
	r := decode(t, "addr = \"a\"\nlabel = {}\nlanes {}\nmotor {\n speed = 1\n}\nmotor {\n speed = 1\n}\ntags = 3\nlane \"x\" {}", schema)
	var got []string
	for _, d := range r.Diagnostics {
		got = append(got, d.Summary)
	}
	if len(got) < 3 || r.JSON != nil {
		t.Errorf("%q", got)
	}
	got = nil
	for _, u := range r.Unexpected {
		got = append(got, fmt.Sprintf("%s %t line %d", u.Name, u.Block, u.Range.Start.Line))
	}
	if want := []string{"label false line 2", "lanes true line 3"}; !reflect.DeepEqual(got, want) {
		t.Errorf("unexpected %q, want %q", got, want)
	}
}

func TestBadSchema(t *testing.T) {
	for _, s := range []config.Schema{
		{Attributes: []config.Attribute{{Name: "a"}}},
		{Attributes: []config.Attribute{{Name: "A", Type: config.TypeBool}}},
		{Attributes: []config.Attribute{{Name: "a", Type: config.TypeBool}, {Name: "a", Type: config.TypeBool}}},
		{Blocks: []config.Block{{Name: "b", Least: 2, Most: 1}}},
	} {
		if _, err := Spec(s); err == nil {
			t.Errorf("%+v was taken", s)
		}
	}
}

// FuzzDecode: no schema and no block makes Decode panic, and what it gives is
// what the schema allows.
func FuzzDecode(f *testing.F) {
	encoded, err := json.Marshal(schema)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(encoded, []byte("addr = \"a\"\nlane {\n port = any\n}\nmotor {\n speed = later\n}\ntags = [secret]"))
	f.Add(encoded, []byte("addr = any\nlabels = { a = any }\nports = any\nlane {\n light {\n on = nothing\n }\n}"))
	f.Add([]byte(`{"Blocks":[{"Name":"b","Schema":{"Attributes":[{"Name":"x","Type":9}],"Blocks":[{"Name":"c","Most":1}]}}]}`), []byte("b {\n x = { y = [1] }\n c {}\n}\nb {\n c {}\n c {}\n}"))
	f.Fuzz(func(t *testing.T, encoded, src []byte) {
		var s config.Schema
		if json.Unmarshal(encoded, &s) != nil {
			return
		}
		file, diags := hclsyntax.ParseConfig(src, "x.hcl", hcl.InitialPos)
		body, ok := file.Body.(*hclsyntax.Body)
		if !ok || diags.HasErrors() {
			return
		}
		r, err := Decode(body, s, context())
		if err != nil {
			return
		}
		if r.JSON != nil {
			if ps := s.Check(r.JSON); len(ps) > 0 {
				t.Errorf("%s: %v", r.JSON, ps)
			}
		}
		for _, p := range r.Problems {
			if p.Message == "" || strings.Contains(p.Message, "hush") {
				t.Errorf("%+v", p)
			}
		}
	})
}
