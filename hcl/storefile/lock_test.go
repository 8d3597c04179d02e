package storefile

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

var (
	digestA = "sha256:" + strings.Repeat("a", 64)
	digestB = "sha256:" + strings.Repeat("b", 64)
)

// What is written is read back, in one form whatever the order.
func TestLockRoundTrip(t *testing.T) {
	want := Lock{Plugins: []LockedPlugin{
		{Name: "acme", Version: "1.4.2", Schema: digestA, Package: digestB, Checksums: map[string]string{"linux/arm64": digestB, "linux/amd64": digestA}},
		{Name: "zebra", Schema: digestB},
	}}
	text := want.Format()
	if other := (Lock{Plugins: []LockedPlugin{want.Plugins[1], want.Plugins[0]}}).Format(); !bytes.Equal(text, other) {
		t.Errorf("the order shows:\n%s\n%s", text, other)
	}
	got, problems := ParseLock(LockFile, text)
	if len(problems) > 0 {
		t.Fatalf("%v\n%s", problems, text)
	}
	if e, ok := got.Plugin("acme"); !ok || e.Place.Line != 3 {
		t.Errorf("%+v", e)
	}
	for i := range got.Plugins {
		got.Plugins[i].Place = Place{}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\n%s", got, text)
	}
	if !bytes.Equal(got.Format(), text) {
		t.Error("writing what was read gives something else")
	}
}

func TestLockRefused(t *testing.T) {
	for text, want := range map[string]string{
		`plugin "a" {}`: "no schema",
		`plugin "a" { schema = "` + digestA + `0" }`:   "64 hexadecimal",
		`plugin "a" { schema = upper("x") }`:           "is text",
		`plugin "a" { schema = var.x }`:                "is text",
		`gate "a" {}`:                                  "plugin \"NAME\"",
		`plugin "a" "b" {}`:                            "plugin \"NAME\"",
		`x = 1`:                                        "plugin blocks alone",
		`plugin "a" { extra = 1 }`:                     `no "extra"`,
		"plugin \"a\" {\n more {\n}\n}":                "no blocks",
		`plugin "a" {`:                                 "aisle plugin lock",
		"plugin \"a\" {\nschema=null\n}":               "is text",
		"plugin \"a\" {\nchecksums = { x = \"y\" }\n}": "linux/amd64",
		"plugin \"a\" {\nchecksums = null\n}":          "in braces",
		"plugin \"a\" {\nversion = \"" + strings.Repeat("1", 300) + "\"\n}":                            "between 1 and 256",
		"plugin \"a\" {\nschema=\"" + digestA + "\"\n}\nplugin \"a\" {\nschema=\"" + digestA + "\"\n}": "twice",
		strings.Repeat("[", 5000): "200 deep",
	} {
		l, problems := ParseLock(LockFile, []byte(text))
		if !problems.HasErrors() || !strings.Contains(problems[0].Detail, want) || problems[0].File != LockFile {
			t.Errorf("%.40q: no %q in %+v, %+v", text, want, problems, l)
		}
	}
}

// FuzzLock: nothing makes the parser panic, and what is a lock is written and
// read the same.
func FuzzLock(f *testing.F) {
	f.Add((Lock{Plugins: []LockedPlugin{{Name: "acme", Version: "1.4.2", Schema: digestA, Package: digestB, Checksums: map[string]string{"linux/amd64": digestA}}}}).Format())
	f.Add([]byte("plugin \"a\" {\nschema = \"${1}\"\n}"))
	f.Fuzz(func(t *testing.T, src []byte) {
		l, problems := ParseLock(LockFile, src)
		if len(problems) > 0 {
			return
		}
		again, problems := ParseLock(LockFile, l.Format())
		if len(problems) > 0 || !bytes.Equal(again.Format(), l.Format()) {
			t.Errorf("%v\n%s", problems, l.Format())
		}
	})
}
