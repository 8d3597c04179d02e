package distribution

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	goversion "github.com/hashicorp/go-version"
)

// IndexFile lists the versions of a package in a published folder.
const IndexFile = "versions.json"

// Index is one.
type Index struct {
	Format   int       `json:"format"`
	Name     string    `json:"name"`
	Versions []Version `json:"versions"`
}

// Version is an archive of an index.
type Version struct {
	Version string `json:"version"`
	// File is the archive's name in the version's folder, SHA256 its digest.
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
}

// archiveName is the archive of a package, as vendors name it.
func archiveName(name, version string) string {
	return "aisle-plugin-" + strings.ReplaceAll(name, "/", "-") + "_" + version + ".tar.gz"
}

// Publish lays an archive out in a folder that any web server can serve:
// NAME/versions.json and NAME/VERSION/ARCHIVE beside its manifest and sums.
func Publish(file, to string, t Trust) (*Package, error) {
	var p *Package
	err := opened(file, to, func(stage string) (err error) {
		if p, err = Verify(stage, t, "Pack and sign it again with: aisle plugin pack, aisle plugin sign"); err != nil {
			return err
		}
		dir := filepath.Join(to, filepath.FromSlash(p.Name))
		at := filepath.Join(dir, p.Version)
		if err := os.MkdirAll(at, 0o755); err != nil {
			return err
		}
		name := archiveName(p.Name, p.Version)
		sum, err := FileDigest(file)
		if err != nil {
			return err
		}
		if had, err := FileDigest(filepath.Join(at, name)); err == nil && had != sum {
			return &Mismatch{File: filepath.Join(at, name), Expected: had, Found: sum, Do: "A version that was published stays as it is: give this one another version"}
		}
		for _, f := range []string{ManifestFile, SumsFile, SignatureFile} {
			b, err := readFile(filepath.Join(stage, f), maxManifest)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err = errors.Join(err, Replace(filepath.Join(at, f), b)); err != nil {
				return err
			}
		}
		if err := packTo(stage, filepath.Join(at, name)); err != nil {
			return err
		}
		return enter(dir, p.Name, Version{p.Version, name, sum})
	})
	return p, err
}

// enter adds a version to an index.
func enter(dir, name string, v Version) error {
	index := Index{Format: manifestFormat, Name: name}
	path := filepath.Join(dir, IndexFile)
	b, err := readFile(path, maxManifest)
	if err == nil {
		index, err = parseIndex(b, name)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	index.Versions = slices.DeleteFunc(index.Versions, func(x Version) bool { return x.Version == v.Version })
	index.Versions = append(index.Versions, v)
	slices.SortFunc(index.Versions, func(a, b Version) int { return compareVersions(a.Version, b.Version) })
	if b, err = json.MarshalIndent(index, "", "  "); err != nil {
		return err
	}
	return Replace(path, append(b, '\n'))
}

func compareVersions(a, b string) int {
	x, errX := goversion.NewSemver(a)
	y, errY := goversion.NewSemver(b)
	if errX != nil || errY != nil {
		return cmp.Compare(a, b)
	}
	return x.Compare(y)
}

func parseIndex(b []byte, name string) (Index, error) {
	var i Index
	if err := strict(b, &i); err != nil {
		return i, fmt.Errorf("%s of %s: %w", IndexFile, name, err)
	}
	if i.Format != manifestFormat || i.Name != name {
		return i, fmt.Errorf("%s is of format %d and of %q, not of %q", IndexFile, i.Format, shorten(i.Name), name)
	}
	for _, v := range i.Versions {
		if !goodVersion(v.Version) || !pathForm.MatchString(v.File) || strings.Contains(v.File, "/") || !digestForm.MatchString(v.SHA256) {
			return i, fmt.Errorf("%s of %s: version %q is not as aisle plugin publish writes it", IndexFile, name, shorten(v.Version))
		}
	}
	return i, nil
}

// fetchWithin is how long one file of a web server may take.
const fetchWithin = 10 * time.Minute

// Install takes a package into a folder of packages: from an archive, a published
// folder or the address of one. An empty version is the newest.
func Install(ctx context.Context, name, version, from, into string, t Trust) (*Package, error) {
	if !packageForm.MatchString(name) || version != "" && !goodVersion(version) {
		return nil, fmt.Errorf("%s@%s is no package: write vendor/product@1.4.2", name, version)
	}
	var p *Package
	err := staged(into, func(stage string) error {
		archive, err := obtain(ctx, name, version, from, stage)
		if err != nil {
			return err
		}
		return opened(archive, into, func(unpacked string) (err error) {
			if p, err = Verify(unpacked, t, "Get it again from its vendor: these are not the files that were signed"); err != nil {
				return err
			}
			if p.Name != name || version != "" && p.Version != version {
				return &Mismatch{File: from, Expected: name + " " + version, Found: p.Name + " " + p.Version}
			}
			p.Dir = filepath.Join(into, filepath.FromSlash(name), p.Version)
			if err := errors.Join(os.RemoveAll(p.Dir), os.MkdirAll(filepath.Dir(p.Dir), 0o755), os.Chmod(unpacked, 0o755)); err != nil {
				return err
			}
			return os.Rename(unpacked, p.Dir)
		})
	})
	return p, err
}

// obtain gives the path of an archive, which it fetches into a folder where it
// is elsewhere.
func obtain(ctx context.Context, name, version, from, stage string) (string, error) {
	get := func(ctx context.Context, path, to string, most int64) error {
		return copyFile(filepath.Join(from, filepath.FromSlash(path)), to, most)
	}
	if strings.HasPrefix(from, "http://") || strings.HasPrefix(from, "https://") {
		get = func(ctx context.Context, path, to string, most int64) error { return fetch(ctx, from, path, to, most) }
	} else if info, err := os.Stat(from); err != nil {
		return "", err
	} else if !info.IsDir() {
		return from, nil
	}
	list := filepath.Join(stage, IndexFile)
	if err := get(ctx, name+"/"+IndexFile, list, maxManifest); err != nil {
		return "", err
	}
	b, err := readFile(list, maxManifest)
	if err != nil {
		return "", err
	}
	index, err := parseIndex(b, name)
	if err != nil {
		return "", err
	}
	var found *Version
	for i, v := range index.Versions {
		if v.Version == version || version == "" && (found == nil || compareVersions(v.Version, found.Version) > 0) {
			found = &index.Versions[i]
		}
	}
	if found == nil {
		return "", fmt.Errorf("%s has no %s %s", from, name, version)
	}
	archive := filepath.Join(stage, "archive")
	if err := get(ctx, name+"/"+found.Version+"/"+found.File, archive, maxArchive); err != nil {
		return "", err
	}
	sum, err := FileDigest(archive)
	if err == nil && sum != found.SHA256 {
		err = &Mismatch{File: found.File, Expected: found.SHA256, Found: sum, Do: "The folder is broken or was tampered with: ask who publishes it"}
	}
	return archive, err
}

func copyFile(from, to string, most int64) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	return save(f, to, most)
}

func save(r io.Reader, to string, most int64) error {
	w, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	n, err := io.Copy(w, io.LimitReader(r, most+1))
	if err == nil && n > most {
		err = fmt.Errorf("%s is larger than %d MiB", filepath.Base(to), most>>20)
	}
	return errors.Join(err, w.Close())
}

func fetch(ctx context.Context, base, path, to string, most int64) error {
	address, err := url.JoinPath(base, path)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, fetchWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept-Encoding", "identity") // the bytes of the file and no others
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", address, resp.Status)
	}
	return save(resp.Body, to, most)
}

// Folder is where packages are installed: AISLE_PACKAGES, or else aisle/packages
// in the user's cache directory.
func Folder() (string, error) {
	if dir := os.Getenv("AISLE_PACKAGES"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	return filepath.Join(dir, "aisle", "packages"), err
}

// Newest gives the newest installed version of a package that a constraint
// allows; an empty constraint allows all.
func Newest(folder, name, constraint string) (string, error) {
	var want goversion.Constraints
	if constraint != "" {
		var err error
		if want, err = goversion.NewConstraint(constraint); err != nil {
			return "", err
		}
	}
	dirs, err := os.ReadDir(filepath.Join(folder, filepath.FromSlash(name)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	best := ""
	for _, d := range dirs {
		v, err := goversion.NewSemver(d.Name())
		if err == nil && goodVersion(d.Name()) && (want == nil || want.Check(v)) && (best == "" || compareVersions(d.Name(), best) > 0) {
			best = d.Name()
		}
	}
	if best == "" {
		return "", fmt.Errorf("no version of package %s that %q allows is installed in %s. Install one with: aisle plugin install %s@VERSION --from FOLDER", name, constraint, folder, name)
	}
	return best, nil
}
