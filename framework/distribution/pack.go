package distribution

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"aead.dev/minisign"

	"github.com/openaisle/aisle/sdk/host"
)

// Pack makes a package of a vendor's folder: plugin.json with its name, version
// and licence, the programs as bin/OS_ARCH/NAME, and what else people should
// read. d is what the plugin says of itself. The folder is left as it is.
func Pack(dir, out string, d host.Description) (*Package, error) {
	var made *Package
	err := staged(filepath.Dir(out), func(stage string) error {
		names, err := list(dir)
		if err != nil {
			return err
		}
		if err := os.CopyFS(stage, os.DirFS(dir)); err != nil {
			return err
		}
		for _, name := range []string{SumsFile, SignatureFile} {
			if err := os.Remove(filepath.Join(stage, name)); err != nil && !os.IsNotExist(err) {
				return err
			}
		}
		if err := manifest(stage, names, d); err != nil {
			return err
		}
		if names, err = list(stage); err != nil {
			return err
		}
		sums, err := sumsOf(stage, names)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(stage, SumsFile), sums, 0o644); err != nil {
			return err
		}
		if made, err = Verify(stage, Trust{AllowUnsigned: true}, ""); err != nil {
			return err
		}
		return packTo(stage, out)
	})
	return made, err
}

// manifest completes the manifest of a folder, and writes the schema.
func manifest(dir string, names []string, d host.Description) error {
	b, err := readFile(filepath.Join(dir, ManifestFile), maxManifest)
	if err != nil {
		return fmt.Errorf("%s, with format 1, name, version and licence, is missing: %w", ManifestFile, err)
	}
	var m Manifest
	if err := strict(b, &m); err != nil {
		return fmt.Errorf("%s: %w", ManifestFile, err)
	}
	if err := m.described(); err != nil {
		return err
	}
	if m.Name != d.Name || m.Version != d.Version {
		return &Mismatch{File: ManifestFile, Expected: d.Name + " " + d.Version + ", as the plugin says", Found: m.Name + " " + m.Version, Do: "Change one of the two"}
	}
	schema, err := EncodeSchema(d)
	if err != nil {
		return err
	}
	m.Contract, m.Schema, m.Platforms = d.Contract, Digest(schema), nil
	for _, name := range names {
		if !strings.HasPrefix(name, binDir+"/") {
			continue
		}
		goos, arch, ok := strings.Cut(path.Base(path.Dir(name)), "_")
		if !ok || path.Dir(path.Dir(name)) != binDir {
			return &PackageError{name, "is no program of a platform: " + binDir + "/OS_ARCH/NAME, such as bin/linux_amd64/speedlane"}
		}
		sum, err := FileDigest(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		m.Platforms = append(m.Platforms, Platform{goos, arch, name, sum})
	}
	b, err = m.encode()
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(filepath.Join(dir, SchemaFile), schema, 0o644), os.WriteFile(filepath.Join(dir, ManifestFile), b, 0o644))
}

// packTo writes a package's folder as an archive, whole or not at all.
func packTo(dir, out string) error {
	names, err := list(dir)
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(out), ".new-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }() // gone already where all went well
	if err := errors.Join(pack(temp, dir, names), temp.Chmod(0o644), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), out)
}

// staged calls f with an empty folder inside another, which is gone afterwards
// unless f moved it.
func staged(in string, f func(stage string) error) (err error) {
	if err := os.MkdirAll(in, 0o755); err != nil {
		return err
	}
	stage, err := os.MkdirTemp(in, ".stage-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(stage)) }()
	return f(stage)
}

// opened unpacks an archive for f.
func opened(file, in string, f func(stage string) error) error {
	return staged(in, func(stage string) error {
		a, err := os.Open(file)
		if err != nil {
			return err
		}
		defer a.Close()
		if err := unpack(a, stage); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		return f(stage)
	})
}

// Sign puts a signature over its sums into an archive.
func Sign(file string, key minisign.PrivateKey) (*Package, error) {
	var signed *Package
	err := opened(file, filepath.Dir(file), func(stage string) error {
		p, err := Verify(stage, Trust{AllowUnsigned: true}, "Pack it again with: aisle plugin pack")
		if err != nil {
			return err
		}
		if err := sign(stage, key, p.Name+" "+p.Version); err != nil {
			return err
		}
		public, ok := key.Public().(minisign.PublicKey)
		if !ok {
			return errors.New("the key has no public half")
		}
		if signed, err = Verify(stage, Trust{Keys: []string{public.String()}}, ""); err != nil {
			return err
		}
		return packTo(stage, file)
	})
	return signed, err
}

// GenerateKey makes a pair of keys and writes them, the private one so that its
// owner alone reads it. An empty password leaves it in clear.
func GenerateKey(private, public, password string) (minisign.PublicKey, error) {
	pub, key, err := minisign.GenerateKey(nil)
	if err != nil {
		return pub, err
	}
	text, err := key.MarshalText()
	if password != "" {
		text, err = minisign.EncryptKey(password, key)
	}
	if err != nil {
		return pub, err
	}
	open, err := pub.MarshalText()
	if err != nil {
		return pub, err
	}
	for _, f := range []struct {
		path string
		text []byte
		mode os.FileMode
	}{{private, text, 0o600}, {public, open, 0o644}} {
		w, err := os.OpenFile(f.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, f.mode)
		if err != nil {
			return pub, err
		}
		_, err = w.Write(append(bytes.TrimRight(f.text, "\n"), '\n'))
		if err := errors.Join(err, w.Close()); err != nil {
			return pub, err
		}
	}
	return pub, nil
}

// ReadKey reads a private key.
func ReadKey(file, password string) (minisign.PrivateKey, error) {
	var k minisign.PrivateKey
	b, err := readFile(file, maxManifest)
	if err != nil {
		return k, err
	}
	if minisign.IsEncrypted(b) {
		return minisign.DecryptKey(password, b)
	}
	return k, k.UnmarshalText(b)
}
