package distribution

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"aead.dev/minisign"
)

// Trust says whose packages are taken.
type Trust struct {
	// Keys are minisign public keys in their base64 form, or as a .pub file has
	// them.
	Keys []string
	// AllowUnsigned takes packages that nobody signed.
	AllowUnsigned bool
}

// Package is a package whose every byte was looked at.
type Package struct {
	Manifest
	// Dir is where it lies.
	Dir string
	// Digest names all of it: its sums and their signature.
	Digest string
	// Signed says that a trusted key signed it.
	Signed bool
}

// Verify looks through the package in a folder: a trusted key signed its sums,
// they are those of its files, and there is no other file. do says what to do
// where something is not what it must be.
func Verify(dir string, t Trust, do string) (*Package, error) {
	text, err := readFile(filepath.Join(dir, SumsFile), maxManifest)
	if err != nil {
		return nil, missing(dir, SumsFile, err, do)
	}
	signature, err := readFile(filepath.Join(dir, SignatureFile), maxManifest)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	p := &Package{Dir: dir, Digest: Digest(slices.Concat(text, []byte{0}, signature))}
	if p.Signed, err = t.signed(text, signature, filepath.Join(dir, SumsFile), do); err != nil {
		return nil, err
	}
	sums, err := parseSums(text)
	if err != nil {
		return nil, err
	}
	names, err := list(dir)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if _, ok := sums[name]; !ok && name != SumsFile && name != SignatureFile {
			return nil, &Mismatch{File: filepath.Join(dir, filepath.FromSlash(name)), Expected: "no such file, for " + SumsFile + " does not name it", Found: "a file", Do: do}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if !slices.Contains(names, name) {
			return nil, missing(dir, name, fs.ErrNotExist, do)
		}
		found, err := FileDigest(path)
		if err != nil {
			return nil, err
		}
		if found != sums[name] {
			return nil, &Mismatch{File: path, Expected: sums[name], Found: found, Do: do}
		}
	}
	return p, p.read(sums, do)
}

func missing(dir, name string, err error, do string) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &Mismatch{File: filepath.Join(dir, filepath.FromSlash(name)), Expected: "a file", Found: "none", Do: do}
	}
	return err
}

// read reads the manifest and holds it against the sums.
func (p *Package) read(sums map[string]string, do string) error {
	b, err := readFile(filepath.Join(p.Dir, ManifestFile), maxManifest)
	if err != nil {
		return missing(p.Dir, ManifestFile, err, do)
	}
	if p.Manifest, err = ParseManifest(b); err != nil {
		return err
	}
	must := map[string]string{SchemaFile: p.Schema, ManifestFile: Digest(b)}
	for _, x := range p.Platforms {
		must[x.Program] = x.SHA256
	}
	for _, name := range slices.Sorted(maps.Keys(must)) {
		if sums[name] != must[name] {
			return &Mismatch{File: filepath.Join(p.Dir, SumsFile) + " of " + name, Expected: must[name], Found: sums[name], Do: do}
		}
	}
	return nil
}

// signed says whether one of the keys signed a text. The error says why the
// text is not to be trusted.
func (t Trust) signed(text, signature []byte, file, do string) (bool, error) {
	if len(signature) == 0 {
		if t.AllowUnsigned {
			return false, nil
		}
		return false, &Mismatch{File: file, Expected: "a signature in " + SignatureFile, Found: "none", Do: "Its vendor signs it with: aisle plugin sign. To run it all the same, write allow_unsigned = true into its plugin block"}
	}
	if len(t.Keys) == 0 {
		if t.AllowUnsigned {
			return false, nil
		}
		return false, &Mismatch{File: file, Expected: "the signature of a trusted key", Found: "no key that is trusted", Do: "Write its vendor's key into trusted_keys of its plugin block, or give --key"}
	}
	for _, k := range t.Keys {
		key, err := ParseKey(k)
		if err != nil {
			return false, err
		}
		if minisign.Verify(key, text, signature) {
			return true, nil
		}
	}
	return false, &Mismatch{File: file, Expected: "the signature of a trusted key", Found: fmt.Sprintf("a signature in %s of none of %d", SignatureFile, len(t.Keys)), Do: do}
}

// ParseKey reads a public key.
func ParseKey(text string) (minisign.PublicKey, error) {
	var k minisign.PublicKey
	if err := k.UnmarshalText([]byte(strings.TrimSpace(text))); err != nil {
		return k, fmt.Errorf("%q is no minisign public key: it begins with RW and has 56 characters", shorten(text))
	}
	return k, nil
}

// list lists the files of a package's folder by their paths in it.
func list(dir string) (names []string, err error) {
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		if !e.Type().IsRegular() || !pathForm.MatchString(name) {
			return &PackageError{name, "is no plain file, or has a name that no file of a package may have"}
		}
		if names = append(names, name); len(names) > maxFiles {
			return &PackageError{name, fmt.Sprintf("is one file too many: the limit is %d", maxFiles)}
		}
		return nil
	})
	return names, err
}

// sumsOf writes the sums of a folder's files, as sha256sum does.
func sumsOf(dir string, names []string) ([]byte, error) {
	var b bytes.Buffer
	for _, name := range slices.Sorted(slices.Values(names)) {
		d, err := FileDigest(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%s  %s\n", strings.TrimPrefix(d, DigestPrefix), name)
	}
	return b.Bytes(), nil
}

// parseSums reads what sumsOf wrote, and nothing else.
func parseSums(text []byte) (map[string]string, error) {
	sums, last := map[string]string{}, ""
	for line := range strings.Lines(string(text)) {
		sum, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		digest := DigestPrefix + sum
		if !ok || !strings.HasSuffix(line, "\n") || !digestForm.MatchString(digest) || !pathForm.MatchString(name) || name <= last || len(sums) >= maxFiles {
			return nil, &PackageError{SumsFile, fmt.Sprintf("has the line %q", shorten(line))}
		}
		sums[name], last = digest, name
	}
	return sums, nil
}

// sign signs the sums of a package in a folder.
func sign(dir string, key minisign.PrivateKey, comment string) error {
	text, err := readFile(filepath.Join(dir, SumsFile), maxManifest)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, SignatureFile), minisign.SignWithComments(key, text, comment, "signature of "+SumsFile), 0o644)
}
