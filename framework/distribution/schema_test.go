package distribution

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"testing"

	"github.com/openaisle/aisle/sdk/config"
	"github.com/openaisle/aisle/sdk/host"
)

// described is a plugin that says something of everything.
func described() host.Description {
	low, high := int64(1), int64(9)
	return host.Description{Name: "acme/speedlane", Version: "1.4.2", Contract: 1, Drivers: []host.DriverInfo{{
		Name: "gate", Class: "gate", Doc: "A gate <of> ours.",
		Schema: config.Schema{
			Attributes: []config.Attribute{
				{Name: "port", Type: config.TypeInteger, Default: json.RawMessage("5"), Min: &low, Max: &high},
				{Name: "key", Type: config.TypeString, Required: true, Sensitive: true},
			},
			Blocks: []config.Block{{Name: "lane", Most: 1, Schema: config.Schema{Attributes: []config.Attribute{{Name: "side", Type: config.TypeString, OneOf: []string{"a", "b"}}}}}},
		},
	}}}
}

// What is kept is what the plugin said, and its digest holds every byte of it.
func TestSchemas(t *testing.T) {
	b, err := EncodeSchema(described())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	digest := Digest(b)
	for range 2 { // the same again changes nothing
		if err := WriteSchemas(dir, map[string][]byte{digest: b}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ReadSchema(dir, digest, "")
	if err != nil || !reflect.DeepEqual(got, described()) {
		t.Fatalf("%v: %+v", err, got)
	}
	for _, at := range []int{0, len(b) / 2, len(b) - 1} {
		bad := bytes.Clone(b)
		bad[at] ^= 1
		if err := os.WriteFile(schemaPath(dir, digest), bad, 0o644); err != nil {
			t.Fatal(err)
		}
		var m *Mismatch
		if _, err := ReadSchema(dir, digest, "do"); !errors.As(err, &m) || m.Expected != digest || m.Found != Digest(bad) || m.Do != "do" {
			t.Errorf("byte %d: %v", at, err)
		}
	}
	if err := WriteSchemas(dir, nil); err != nil {
		t.Fatal(err)
	}
	var m *Mismatch
	if _, err := ReadSchema(dir, digest, ""); !errors.As(err, &m) || m.Found != "no such file" {
		t.Error(err)
	}
}

func TestSchemaRefused(t *testing.T) {
	for _, text := range []string{
		``, `{}{}`, `{"Nmae":"x"}`, `{"Drivers":[{"Name":"a","Schema":{"Attributes":[{"Name":"UPPER","Type":1}]}}]}`,
		`{"Drivers":[{"Schema":{"Attributes":[{"Name":"a","Type":99}]}}]}`, `{"Needs":{"Dial":["nowhere"]}}`,
	} {
		if d, err := DecodeSchema([]byte(text)); err == nil {
			t.Errorf("%s: %+v", text, d)
		}
	}
}

// FuzzSchema: nothing makes the reader panic, and what it takes it writes and
// reads the same.
func FuzzSchema(f *testing.F) {
	b, err := EncodeSchema(described())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := DecodeSchema(b)
		if err != nil {
			return
		}
		written, err := EncodeSchema(d)
		if err != nil {
			t.Skip(err)
		}
		again, err := DecodeSchema(written)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := EncodeSchema(again); err != nil || !bytes.Equal(b, written) {
			t.Errorf("%v\n%s\n%s", err, written, b)
		}
	})
}
