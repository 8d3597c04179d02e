package storefile

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/config"
)

// A bad file says in comments what is wrong with it:
//
//	zone = zone.drnks # ERROR unknown_reference: There is no zone "drnks" => zone.drinks
//
// is an error on this line of this code, with this text in its summary or
// detail, and this suggestion. "# STORE ERROR" at the top is one without a
// place, "# VAR name=value" a flag, "# ALONE" says that base.hcl is not
// loaded too, and "# WITHOUT payment" that it is without its payment blocks.
// What isn't announced must not be found.
type expected struct {
	severity, code, text, suggestion string
	line                             int
}

var (
	mark      = regexp.MustCompile(`# (STORE )?(ERROR|WARNING) ([a-z_]+)(?:: ([^#]*))?`)
	directive = regexp.MustCompile(`(?m)^# (VAR|ALONE|WITHOUT) ?(\w*)=?(.*)$`)
)

func announced(src string) (all []expected) {
	for i, line := range strings.Split(src, "\n") {
		for _, m := range mark.FindAllStringSubmatch(line, -1) {
			text, suggestion, _ := strings.Cut(m[4], "=> ")
			e := expected{strings.ToLower(m[2]), m[3], strings.TrimSpace(text), strings.TrimSpace(suggestion), i + 1}
			if m[1] != "" {
				e.line = 0
			}
			all = append(all, e)
		}
	}
	return all
}

func (e expected) matches(p Problem) bool {
	return string(p.Severity) == e.severity && p.Code == e.code && p.Line == e.line &&
		strings.Contains(p.Summary+"\n"+p.Detail, e.text) && p.Suggestion == e.suggestion
}

func TestBad(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.hcl")
	if err != nil || len(files) < 60 {
		t.Fatalf("%d bad files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".hcl"), func(t *testing.T) { testBad(t, file) })
	}
}

func testBad(t *testing.T, file string) {
	src, ps := loadBad(t, file)
	want := announced(src)
	if len(want) == 0 {
		t.Fatal("the file announces no problem")
	}
	for _, p := range ps {
		found := false
		for i, e := range want {
			if e.matches(p) && (p.File == "" || p.File == filepath.Base(file)) {
				want, found = append(want[:i], want[i+1:]...), true
				break
			}
		}
		if !found {
			t.Errorf("found but not announced: %s %s %q\n%s => %q", p.Severity, p.Code, p.Place, p.String(), p.Suggestion)
		}
		checkForm(t, p)
	}
	for _, e := range want {
		t.Errorf("announced but not found: line %d %s %s: %s => %s", e.line, e.severity, e.code, e.text, e.suggestion)
	}
}

// checkForm looks at what every problem must have.
func checkForm(t *testing.T, p Problem) {
	t.Helper()
	if p.Summary == "" || len([]rune(p.Summary)) > maxSummary || strings.HasSuffix(p.Summary, ".") {
		t.Errorf("summary %q", p.Summary)
	}
	if p.Detail == "" || p.Code == "" {
		t.Errorf("%s: detail %q, code %q", p.Summary, p.Detail, p.Code)
	}
	if p.File != "" && (p.Line < 1 || p.Column < 1 || p.Snippet == "" || p.EndLine < p.Line) {
		t.Errorf("%s: place %+v", p.Summary, p.Place)
	}
	if strings.Contains(fmt.Sprintf("%+v", p), "planted") && !strings.Contains(p.Snippet, "planted") {
		t.Errorf("%s repeats a secret", p.Summary)
	}
}

func loadBad(t testing.TB, file string) (string, Problems) {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	opts := &Options{Schemas: acme{}, Vars: map[string]string{}}
	alone, base := false, read(t, "testdata/base.hcl")
	for _, m := range directive.FindAllStringSubmatch(string(src), -1) {
		switch m[1] {
		case "VAR":
			opts.Vars[m[2]] = m[3]
		case "WITHOUT":
			base = regexp.MustCompile(`(?ms)^`+m[2]+` .*?^}$`).ReplaceAllString(base, "")
		default:
			alone = true
		}
	}
	if !alone {
		write(t, dir, "base.hcl", base)
	}
	write(t, dir, filepath.Base(file), string(src))
	_, ps := Load(dir, opts)
	return string(src), ps
}

func read(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t testing.TB, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// acme is a vendor of everything.
type acme struct{}

func ptr(n int64) *int64 { return &n }

func (acme) Drivers(plugin string) ([]string, bool) {
	if plugin != "acme" {
		return nil, false
	}
	return []string{"gate", "reader", "lane", "shelf", "camera", "processor", "brief", "forgetful"}, true
}

func (acme) Version(plugin string) (string, bool) {
	return map[string]string{"acme": "1.4.2", "broken": "newest"}[plugin], plugin == "acme" || plugin == "broken"
}

func (acme) Processing(_, driver string) (storedef.Processing, bool) {
	p := storedef.DefaultProcessing()
	p.HoldLifetimes = []storedef.NetworkLifetime{{Network: "amex", Lifetime: 30 * storedef.Day}}
	p.SettlingDelay, p.OverCapture = time.Minute, 100_000
	switch driver {
	case "processor":
	case "brief": // its promises are short
		p.HoldLifetime, p.KeyWindow = 28*time.Hour, 20*time.Hour
	case "forgetful": // it finds no key, and its errors are for ever
		p.LookupByKey, p.SavesErrors = false, true
	default:
		return p, false
	}
	return p, true
}

func (acme) Driver(plugin, driver string) (config.Schema, string, bool) {
	addr := config.Attribute{Name: "addr", Type: config.TypeString, Doc: "The address of the device."}
	switch driver {
	case "gate":
		return config.Schema{Attributes: []config.Attribute{addr}}, "gate", true
	case "reader":
		return config.Schema{}, "credential", true
	case "camera":
		return config.Schema{}, "camera", true
	case "lane":
		addr.Required = true
		return config.Schema{
			Attributes: []config.Attribute{addr},
			Blocks: []config.Block{{Name: "antenna", Least: 1, Schema: config.Schema{Attributes: []config.Attribute{
				{Name: "port", Type: config.TypeInteger, Required: true, Doc: "LLRP AntennaID."},
				{Name: "power", Type: config.TypeInteger, Max: ptr(33), Default: []byte("30")},
			}}}},
		}, "rfid", true
	case "shelf":
		return config.Schema{Attributes: []config.Attribute{
			addr,
			{Name: "rate", Type: config.TypeInteger, Min: ptr(1), Max: ptr(200), Default: []byte("60")},
			{Name: "settle", Type: config.TypeDuration, Default: []byte("800000000")},
			{Name: "tare", Type: config.TypeMass},
			{Name: "filter", Type: config.TypeString, OneOf: []string{"mean", "median"}},
			{Name: "tags", Type: config.TypeStringList},
			{Name: "labels", Type: config.TypeStringMap},
			{Name: "loud", Type: config.TypeBool},
			{Name: "gain", Type: config.TypeNumber},
		}}, "shelf", true
	case "processor", "brief", "forgetful":
		return config.Schema{Attributes: []config.Attribute{
			{Name: "api_key", Type: config.TypeString, Required: true, Sensitive: true}, {Name: "base_url", Type: config.TypeString},
		}}, "payment", true
	}
	return config.Schema{}, "", false
}
