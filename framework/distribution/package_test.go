package distribution

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// packed is a signed package, and the key that it is signed with.
func packed(t *testing.T) (archive, key string) {
	t.Helper()
	dir, out := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{
		"plugin.json": `{"format":1,"name":"acme/speedlane","version":"1.4.2","licence":"Apache-2.0"}`, "LICENSE": "Take it.\n", "docs/README.md": "# Speed lane\n",
		"bin/linux_amd64/speedlane": strings.Repeat("program", 1000), "bin/linux_arm64/speedlane": "another",
	} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	archive = filepath.Join(out, "a.tar.gz")
	if p, err := Pack(dir, archive, described()); err != nil || len(p.Platforms) != 2 {
		t.Fatal(err)
	}
	pub, err := GenerateKey(filepath.Join(out, "k"), filepath.Join(out, "k.pub"), "")
	if err != nil {
		t.Fatal(err)
	}
	private, err := ReadKey(filepath.Join(out, "k"), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Sign(archive, private); err != nil {
		t.Fatal(err)
	}
	return archive, pub.String()
}

// A package comes from an archive, a folder and a web server, and is the same.
func TestInstall(t *testing.T) {
	archive, key := packed(t)
	site := t.TempDir()
	if _, err := Publish(archive, site, Trust{Keys: []string{key}}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.FileServer(http.Dir(site)))
	defer server.Close()
	digest := ""
	for _, from := range []string{archive, site, server.URL} {
		into := t.TempDir()
		for range 2 { // again is no harm
			p, err := Install(t.Context(), "acme/speedlane", "1.4.2", from, into, Trust{Keys: []string{key}})
			if err != nil {
				t.Fatal(err)
			}
			if digest == "" {
				digest = p.Digest
			}
			if p.Digest != digest || !p.Signed || p.Dir != filepath.Join(into, "acme", "speedlane", "1.4.2") {
				t.Errorf("%+v", p)
			}
		}
		if left, err := os.ReadDir(into); err != nil || len(left) != 1 {
			t.Errorf("%v: %v", err, left)
		}
		if v, err := Newest(into, "acme/speedlane", "~> 1.4"); err != nil || v != "1.4.2" {
			t.Error(v, err)
		}
		if _, err := Newest(into, "acme/speedlane", "~> 2"); err == nil || !strings.Contains(err.Error(), "aisle plugin install") {
			t.Error(err)
		}
	}
	_, other := packed(t)
	for name, trust := range map[string]Trust{"another's key": {Keys: []string{other}}, "no key": {}, "unsigned does not mean any": {Keys: []string{other}, AllowUnsigned: true}} {
		var m *Mismatch
		if _, err := Install(t.Context(), "acme/speedlane", "1.4.2", archive, t.TempDir(), trust); !errors.As(err, &m) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Install(t.Context(), "acme/speedlane", "1.5.0", site, t.TempDir(), Trust{Keys: []string{key}}); err == nil {
		t.Error("a version that is not there")
	}
}

// Whatever byte of whatever file is another, the package is refused or has
// another digest, which the lock holds.
func TestEveryFile(t *testing.T) {
	archive, key := packed(t)
	trust := Trust{Keys: []string{key}}
	p, err := Install(t.Context(), "acme/speedlane", "", archive, t.TempDir(), trust)
	if err != nil {
		t.Fatal(err)
	}
	names, err := list(p.Dir)
	if err != nil || len(names) != 8 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		path := filepath.Join(p.Dir, name)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []int{0, 1, len(b) / 3, len(b) / 2, len(b) - 2, len(b) - 1} {
			bad := bytes.Clone(b)
			bad[at] ^= 1
			if err := os.WriteFile(path, bad, 0o755); err != nil {
				t.Fatal(err)
			}
			again, err := Verify(p.Dir, trust, "aisle plugin install")
			if err == nil && again.Digest == p.Digest {
				t.Errorf("%s: byte %d is another and nobody saw", name, at)
			}
			var m *Mismatch
			if name != SumsFile && name != SignatureFile && (!errors.As(err, &m) || m.File != path || m.Found != Digest(bad) || m.Do == "") {
				t.Errorf("%s: byte %d: %v", name, at, err)
			}
		}
		for _, change := range []func() error{func() error { return os.WriteFile(path, b[:len(b)-1], 0o755) }, func() error { return os.Remove(path) }} {
			if err := change(); err != nil {
				t.Fatal(err)
			}
			if again, err := Verify(p.Dir, trust, ""); err == nil && again.Digest == p.Digest {
				t.Errorf("%s is cut or gone and nobody saw", name)
			}
		}
		if err := os.WriteFile(path, b, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(p.Dir, "extra"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(p.Dir, trust, ""); err == nil {
		t.Error("a file that nothing names")
	}
}

// installed is what lies in a folder, by its path.
func installed(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		b, err := os.ReadFile(filepath.Join(dir, path))
		files[path] = info.Mode().String() + " " + string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// A byte of the archive that is another is seen, at its head, within and at its
// end, or changes nothing: a compressed archive has bits that carry nothing, at the
// end of a stream and between files. What is unpacked is what was signed.
func TestArchiveBytes(t *testing.T) {
	archive, key := packed(t)
	b, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	trust := Trust{Keys: []string{key}}
	good := t.TempDir()
	if _, err := Install(t.Context(), "acme/speedlane", "", archive, good, trust); err != nil {
		t.Fatal(err)
	}
	want := installed(t, good)
	into, taken, tried := t.TempDir(), 0, 0
	for at := 0; at < len(b); at += max(1, min(at, len(b)-at-9)/6) {
		bad := bytes.Clone(b)
		bad[at] ^= 0x10
		path := filepath.Join(t.TempDir(), "a")
		if err := os.WriteFile(path, bad, 0o644); err != nil {
			t.Fatal(err)
		}
		tried++
		if _, err := Install(t.Context(), "acme/speedlane", "", path, into, trust); err != nil {
			continue
		}
		taken++
		if got := installed(t, into); !maps.Equal(got, want) {
			t.Errorf("byte %d of %d: %d files, and not those that were signed", at, len(b), len(got))
		}
		if err := os.RemoveAll(filepath.Join(into, "acme")); err != nil {
			t.Fatal(err)
		}
	}
	if taken > tried/2 {
		t.Errorf("%d of %d archives with another byte were taken", taken, tried)
	}
	if left, err := os.ReadDir(into); err != nil || len(left) > 0 {
		t.Errorf("%v: %v", err, left)
	}
}

// What no packer of ours writes is not unpacked, and nothing lies outside.
func TestHostileArchives(t *testing.T) {
	file := func(name string) tar.Header {
		return tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: 1, Format: tar.FormatUSTAR}
	}
	with := func(h tar.Header, change func(*tar.Header)) tar.Header { change(&h); return h }
	for name, headers := range map[string][]tar.Header{
		"a way out":    {file("../out")},
		"absolute":     {file("/etc/passwd")},
		"within":       {file("docs/../../out")},
		"hidden":       {file(".ssh/key")},
		"backslash":    {file(`docs\out`)},
		"twice":        {file("a"), file("a")},
		"other case":   {file("a"), file("A")},
		"a file below": {file("a"), file("a/b")},
		"symlink":      {{Typeflag: tar.TypeSymlink, Name: "a", Linkname: "/etc", Format: tar.FormatUSTAR}},
		"hard link":    {{Typeflag: tar.TypeLink, Name: "a", Linkname: "b", Format: tar.FormatUSTAR}},
		"device":       {{Typeflag: tar.TypeChar, Name: "a", Format: tar.FormatUSTAR}},
		"folder":       {{Typeflag: tar.TypeDir, Name: "a/", Mode: 0o755, Format: tar.FormatUSTAR}},
		"setuid":       {with(file("a"), func(h *tar.Header) { h.Mode = 0o4755 })},
		"absurd size":  {with(file("a"), func(h *tar.Header) { h.Size = 1 << 40; h.Format = tar.FormatGNU })},
		"pax":          {with(file("a"), func(h *tar.Header) { h.PAXRecords = map[string]string{"X.y": "z"}; h.Format = tar.FormatPAX })},
		"deep":         {file(strings.Repeat("a/", 30) + "b")},
		"many":         slices.Repeat([]tar.Header{file("x")}, maxFiles+5),
	} {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.OS = gzipHead[9]
		w := tar.NewWriter(z)
		for i, h := range headers {
			if name == "many" {
				h.Name = "f" + strings.Repeat("0", i%50) + string(rune('a'+i%26)) + strings.Repeat("1", i/50)
			}
			if err := w.WriteHeader(&h); err != nil {
				t.Fatal(name, err)
			}
			if h.Size == 1 {
				if _, err := w.Write([]byte("x")); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = w.Flush() // a file of an absurd size is never whole
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		outer := t.TempDir()
		dir := filepath.Join(outer, "in")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		var p *PackageError
		if err := unpack(&b, dir); !errors.As(err, &p) {
			t.Errorf("%s: %v", name, err)
		}
		if left, err := os.ReadDir(outer); err != nil || len(left) != 1 {
			t.Errorf("%s: %v %v", name, err, left)
		}
	}
}

// The published JSON Schema names the fields of the manifest, and no others.
func TestManifestSchema(t *testing.T) {
	type object struct {
		Required   []string          `json:"required"`
		Properties map[string]object `json:"properties"`
		Items      *object           `json:"items"`
	}
	var s object
	if err := json.Unmarshal(ManifestSchema, &s); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		s object
		t reflect.Type
	}{{s, reflect.TypeFor[Manifest]()}, {*s.Properties["platforms"].Items, reflect.TypeFor[Platform]()}} {
		for i := range c.t.NumField() {
			name, optional, _ := strings.Cut(c.t.Field(i).Tag.Get("json"), ",")
			if _, ok := c.s.Properties[name]; !ok || slices.Contains(c.s.Required, name) == (optional != "") {
				t.Errorf("%s is not in the schema as it is in %s", name, c.t)
			}
		}
		if len(c.s.Properties) != c.t.NumField() {
			t.Errorf("%d properties of %s", len(c.s.Properties), c.t)
		}
	}
}

// FuzzManifest: nothing makes the readers panic, and what they take they write
// and read the same.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"format":1,"name":"acme/speedlane","version":"1.4.2","contract":1,"licence":"MIT","platforms":[{"os":"linux","arch":"amd64","program":"bin/linux_amd64/x","sha256":"` + Digest(nil) + `"}],"schema":"` + Digest(nil) + `"}`))
	f.Add([]byte(strings.TrimPrefix(Digest(nil), DigestPrefix) + "  plugin.json\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = parseSums(b)
		_, _ = parseIndex(b, "acme/speedlane")
		m, err := ParseManifest(b)
		if err != nil {
			return
		}
		written, err := m.encode()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ParseManifest(written); err != nil || !reflect.DeepEqual(again, m) {
			t.Errorf("%v: %+v, %+v", err, m, again)
		}
	})
}
