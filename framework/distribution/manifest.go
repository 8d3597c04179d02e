package distribution

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	goversion "github.com/hashicorp/go-version"
)

// The files of a package that have names of their own.
const (
	ManifestFile  = "plugin.json"
	SchemaFile    = "schema.json"
	SumsFile      = "SHA256SUMS"
	SignatureFile = "SHA256SUMS.minisig"
	// binDir holds the programs, each in a folder of its platform, such as
	// linux_amd64.
	binDir = "bin"
)

const (
	manifestFormat = 1
	// maxManifest is the most bytes of a manifest, of sums and of an index.
	maxManifest = 1 << 20
	// maxText is the longest text of a manifest, in bytes.
	maxText      = 1024
	maxPlatforms = 64
)

// ManifestSchema is the JSON Schema of a manifest.
//
//go:embed plugin.schema.json
var ManifestSchema []byte

// Manifest is a package's plugin.json. A vendor writes name, version, licence
// and what else people should know; aisle plugin pack fills in the rest.
type Manifest struct {
	// Format is 1.
	Format int `json:"format"`
	// Name is vendor/product, Version a semantic version.
	Name    string `json:"name"`
	Version string `json:"version"`
	// Contract is the version of the contract it was built against.
	Contract int `json:"contract"`
	// Licence is an SPDX expression.
	Licence  string `json:"licence"`
	Homepage string `json:"homepage,omitempty"`
	Support  string `json:"support,omitempty"`
	// Platforms are its programs.
	Platforms []Platform `json:"platforms"`
	// Schema is the digest of schema.json, what the plugin says of itself.
	Schema string `json:"schema"`
}

// Platform is a program for one kind of machine.
type Platform struct {
	OS   string `json:"os"`
	Arch string `json:"arch"`
	// Program is its path in the package, SHA256 its digest.
	Program string `json:"program"`
	SHA256  string `json:"sha256"`
}

var (
	// packageForm is vendor/product.
	packageForm  = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}/[a-z0-9][a-z0-9_-]{0,63}$`)
	platformWord = regexp.MustCompile(`^[a-z0-9]{1,32}$`)
	digestForm   = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	// pathForm is what a file of a package may be called.
	pathForm = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._+-]{0,99}(/[A-Za-z0-9_][A-Za-z0-9._+-]{0,99}){0,7}$`)
)

// IsPackage reports whether a source names a package and not a path.
func IsPackage(source string) bool { return packageForm.MatchString(source) }

// ParseManifest reads a manifest.
func ParseManifest(b []byte) (Manifest, error) {
	var m Manifest
	if err := strict(b, &m); err != nil {
		return Manifest{}, fmt.Errorf("%s: %w", ManifestFile, err)
	}
	return m, m.check()
}

// strict decodes one JSON value without unknown fields.
func strict(b []byte, into any) error {
	if len(b) > maxManifest {
		return fmt.Errorf("it is larger than %d MiB", maxManifest>>20)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more follows")
	}
	return nil
}

// described is the part of a manifest that a vendor writes.
func (m *Manifest) described() error {
	switch {
	case m.Format != manifestFormat:
		return fmt.Errorf("%s: format is %d; this is for format %d", ManifestFile, m.Format, manifestFormat)
	case !packageForm.MatchString(m.Name):
		return fmt.Errorf("%s: name %q is not vendor/product in lower-case letters, digits, _ and -", ManifestFile, m.Name)
	case !goodVersion(m.Version):
		return fmt.Errorf("%s: version %q is no semantic version such as 1.4.2", ManifestFile, m.Version)
	case m.Licence == "":
		return fmt.Errorf("%s: licence is missing: an SPDX expression such as Apache-2.0", ManifestFile)
	}
	for _, text := range []string{m.Licence, m.Homepage, m.Support} {
		if len(text) > maxText || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return fmt.Errorf("%s: a text is longer than %d bytes or has control characters", ManifestFile, maxText)
		}
	}
	return nil
}

var versionForm = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$`)

func goodVersion(v string) bool {
	_, err := goversion.NewSemver(v)
	return err == nil && len(v) <= 64 && versionForm.MatchString(v) && !strings.Contains(v, "..")
}

func (m *Manifest) check() error {
	if err := m.described(); err != nil {
		return err
	}
	if !digestForm.MatchString(m.Schema) {
		return fmt.Errorf("%s: schema is no digest", ManifestFile)
	}
	if len(m.Platforms) == 0 || len(m.Platforms) > maxPlatforms {
		return fmt.Errorf("%s: between 1 and %d platforms", ManifestFile, maxPlatforms)
	}
	var seen []string
	for _, p := range m.Platforms {
		name := p.OS + "/" + p.Arch
		if !platformWord.MatchString(p.OS) || !platformWord.MatchString(p.Arch) || slices.Contains(seen, name) {
			return fmt.Errorf("%s: platform %q is none, or stands there twice", ManifestFile, name)
		}
		seen = append(seen, name)
		if !pathForm.MatchString(p.Program) || path.Dir(p.Program) != binDir+"/"+p.OS+"_"+p.Arch || !digestForm.MatchString(p.SHA256) {
			return fmt.Errorf("%s: the program of %s is not a file of %s/%s_%s with its digest", ManifestFile, name, binDir, p.OS, p.Arch)
		}
	}
	return nil
}

// encode writes a manifest.
func (m *Manifest) encode() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", "  ")
	return append(b, '\n'), err
}

// Checksums are the digests of the programs by platform.
func (m *Manifest) Checksums() map[string]string {
	out := map[string]string{}
	for _, p := range m.Platforms {
		out[p.OS+"/"+p.Arch] = p.SHA256
	}
	return out
}

// Program gives the program of a platform, such as "linux/amd64".
func (m *Manifest) Program(platform string) (Platform, bool) {
	i := slices.IndexFunc(m.Platforms, func(p Platform) bool { return p.OS+"/"+p.Arch == platform })
	if i < 0 {
		return Platform{}, false
	}
	return m.Platforms[i], true
}
