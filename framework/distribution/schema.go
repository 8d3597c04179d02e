package distribution

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/openaisle/aisle/sdk/config"
	"github.com/openaisle/aisle/sdk/host"
)

const (
	// SchemaDir is the folder, beside a store's lock, of what its plugins say of
	// themselves, each by its digest.
	SchemaDir = ".aisle/schemas"
	// MaxSchemaBytes is the most bytes of one.
	MaxSchemaBytes = 16 << 20
	// maxDrivers bounds the drivers of one plugin, as a host that asks does.
	maxDrivers = 256
	schemaExt  = ".json"
)

// EncodeSchema writes what a plugin says of itself. Equal descriptions are equal
// bytes.
func EncodeSchema(d host.Description) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(d); err != nil {
		return nil, fmt.Errorf("write down what plugin %s says of itself: %w", d.Name, err)
	}
	if b.Len() > MaxSchemaBytes {
		return nil, fmt.Errorf("plugin %s says more of itself than %d MiB", d.Name, MaxSchemaBytes>>20)
	}
	return b.Bytes(), nil
}

// DecodeSchema reads what EncodeSchema wrote, with the checks of a host that
// asks the plugin itself.
func DecodeSchema(b []byte) (host.Description, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	var d host.Description
	if err := dec.Decode(&d); err != nil {
		return host.Description{}, fmt.Errorf("it is no schema of a plugin: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return host.Description{}, errors.New("it is no schema of a plugin: more follows")
	}
	if len(d.Drivers) > maxDrivers {
		return host.Description{}, fmt.Errorf("%d drivers, the limit is %d", len(d.Drivers), maxDrivers)
	}
	if err := d.Needs.Check(); err != nil {
		return host.Description{}, fmt.Errorf("needs: %w", err)
	}
	for i := range d.Drivers {
		driver := &d.Drivers[i]
		withoutNulls(&driver.Schema, 0)
		err := driver.Schema.Validate()
		if err == nil && driver.Processing != nil {
			err = driver.Processing.Check()
		}
		if err != nil {
			return host.Description{}, fmt.Errorf("driver %q: %w", driver.Name, err)
		}
	}
	return d, nil
}

// withoutNulls makes a default that is not there nothing again: JSON has it as
// null.
func withoutNulls(s *config.Schema, depth int) {
	for i := range s.Attributes {
		if string(s.Attributes[i].Default) == "null" {
			s.Attributes[i].Default = nil
		}
	}
	if depth > config.MaxDepth { // Validate refuses it
		return
	}
	for i := range s.Blocks {
		withoutNulls(&s.Blocks[i].Schema, depth+1)
	}
}

// schemaPath is where what has a digest is kept.
func schemaPath(dir, digest string) string {
	return filepath.Join(dir, filepath.FromSlash(SchemaDir), strings.TrimPrefix(digest, DigestPrefix)+schemaExt)
}

// ReadSchema reads what a plugin says of itself from beside the lock of the
// store in a folder. do says what to do where it is not there or another; then
// the error is a *Mismatch.
func ReadSchema(dir, digest, do string) (host.Description, error) {
	path := schemaPath(dir, digest)
	name := filepath.ToSlash(filepath.Join(SchemaDir, filepath.Base(path)))
	b, err := readFile(path, MaxSchemaBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return host.Description{}, &Mismatch{File: name, Expected: digest, Found: "no such file", Do: do}
	}
	if err != nil {
		return host.Description{}, err
	}
	if found := Digest(b); found != digest {
		return host.Description{}, &Mismatch{File: name, Expected: digest, Found: found, Do: do}
	}
	d, err := DecodeSchema(b)
	if err != nil {
		return host.Description{}, fmt.Errorf("%s: %w", name, err)
	}
	return d, nil
}

// Schemas gives the digests of what is kept beside the lock of the store in a
// folder, whether or not the files are what their names say.
func Schemas(dir string) (digests []string, err error) {
	files, err := os.ReadDir(filepath.Join(dir, filepath.FromSlash(SchemaDir)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, f := range files {
		if base, ok := strings.CutSuffix(f.Name(), schemaExt); ok {
			digests = append(digests, DigestPrefix+base)
		}
	}
	return digests, err
}

// WriteSchemas makes the schemas beside a lock those given, by digest: others
// are removed.
func WriteSchemas(dir string, schemas map[string][]byte) error {
	if err := os.MkdirAll(filepath.Join(dir, filepath.FromSlash(SchemaDir)), 0o755); err != nil {
		return err
	}
	had, err := Schemas(dir)
	for _, digest := range had {
		if _, ok := schemas[digest]; !ok {
			err = errors.Join(err, os.Remove(schemaPath(dir, digest)))
		}
	}
	for digest, b := range schemas {
		if old, read := readFile(schemaPath(dir, digest), MaxSchemaBytes); read != nil || !bytes.Equal(old, b) {
			err = errors.Join(err, Replace(schemaPath(dir, digest), b))
		}
	}
	return err
}

// Replace puts a file in place, whole or not at all.
func Replace(path string, b []byte) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }() // gone already where all went well
	_, err = temp.Write(b)
	if err = errors.Join(err, temp.Chmod(0o644), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}

// readFile reads a regular file of at most so many bytes.
func readFile(path string, most int64) ([]byte, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("%s is larger than %d MiB", path, most>>20)
	}
	return b, err
}
