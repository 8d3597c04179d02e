package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/openaisle/aisle/examples"
	"github.com/openaisle/aisle/hcl/storefile"
)

const (
	// examplesDir is where the examples are in the source tree.
	examplesDir = "examples"
	// programsDir is where a copy keeps the programs that it was given.
	programsDir = "plugins"
)

var (
	// sourceLine is an argument that may name a path out of the example.
	sourceLine = regexp.MustCompile(`(source\s*=\s*")(\.\.?/[^"]*)(")`)
	// besideStore is a file of another example.
	besideStore = regexp.MustCompile(`\$\{path\.store\}/(\.\./[^"]*)`)
)

// initialised is what a copy came to.
type initialised struct {
	// from says in words where the programs are from.
	from string
	// locked are the folders of which the lock is to be written anew.
	locked []string
}

// copyExample copies an example into a new folder. Sources that lead out of it
// lead to programs of a folder, which are copied too, or into a source tree.
func copyExample(name, to, programs string) (initialised, error) {
	if entries, err := os.ReadDir(to); err == nil && len(entries) > 0 {
		return initialised{}, fmt.Errorf("%s is not empty; give a folder that is not there yet", to)
	}
	to, err := filepath.Abs(to)
	if err != nil {
		return initialised{}, err
	}
	needed, err := sourcesOf(name)
	if err != nil {
		return initialised{}, err
	}
	s, err := findPrograms(programs, needed)
	if err != nil {
		return initialised{}, err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return initialised{}, err
	}
	if to, err = filepath.EvalSymlinks(to); err != nil {
		return initialised{}, err
	}
	c := copier{name: name, to: to, programs: s}
	if err := fs.WalkDir(examples.Files, name, c.visit); err != nil {
		return initialised{}, err
	}
	made := initialised{from: "built from " + s.dir}
	if !s.tree {
		made.from, made.locked = "the programs in "+filepath.Join(to, programsDir), c.locked
		for _, source := range needed {
			if err := copyProgram(s.program(source), filepath.Join(to, programsDir, path.Base(source))); err != nil {
				return initialised{}, err
			}
		}
	}
	return made, nil
}

// sourcesOf gives what an example's sources name outside it, as paths of the
// source tree.
func sourcesOf(name string) ([]string, error) {
	var out []string
	err := fs.WalkDir(examples.Files, name, func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(file, storefile.Extension) {
			return err
		}
		b, err := examples.Files.ReadFile(file)
		if err != nil {
			return err
		}
		for _, m := range sourceLine.FindAllSubmatch(b, -1) {
			if at, outside := inTree(name, file, string(m[2])); outside {
				out = append(out, at)
			}
		}
		return nil
	})
	return out, err
}

// inTree is the path in the source tree that a source of a file means, and
// whether it is outside the example.
func inTree(name, file, source string) (at string, outside bool) {
	at = path.Join(examplesDir, path.Dir(file), source)
	return at, !strings.HasPrefix(at+"/", path.Join(examplesDir, name)+"/")
}

// supply is where programs are from.
type supply struct {
	dir string
	// tree says that dir is a source tree, and not a folder of programs.
	tree bool
}

// program is the file of a source in a folder of programs.
func (s supply) program(source string) string { return filepath.Join(s.dir, path.Base(source)) }

// missing gives the sources of which a folder has no program.
func (s supply) missing(sources []string) (out []string) {
	for _, source := range sources {
		if info, err := os.Stat(s.program(source)); err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
			out = append(out, source)
		}
	}
	return out
}

// findPrograms looks for what has all the sources.
func findPrograms(given string, sources []string) (supply, error) {
	if given != "" {
		at, err := filepath.Abs(given)
		s := supply{at, isModule(at)}
		if err == nil && !s.tree {
			if missing := s.missing(sources); len(missing) > 0 {
				return s, fmt.Errorf("--programs %s: it is not Aisle's source tree, and has no program %q\nEither name that tree, or %s", given, path.Base(missing[0]), howToBuild(sources))
			}
		}
		return s, err
	}
	beside, err := os.Executable()
	if err == nil {
		if s := (supply{dir: filepath.Dir(beside)}); len(s.missing(sources)) == 0 {
			return s, nil
		}
	}
	at, err := os.Getwd()
	if err != nil {
		return supply{}, err
	}
	tree := cmp.Or(treeAbove(at), builtFrom())
	if tree == "" {
		return supply{}, fmt.Errorf("the programs of the simulated devices are not beside %s, and Aisle's source tree, from which they could be built, is not at hand\n"+
			"Where it is: %s init --programs TREE. Or %s", beside, self(), howToBuild(sources))
	}
	if _, err := exec.LookPath("go"); err != nil {
		return supply{}, fmt.Errorf("the simulated devices are built from %s, and there is no go command to do it\nInstall Go, or %s", tree, howToBuild(sources))
	}
	return supply{tree, true}, nil
}

// howToBuild says how to make the programs of sources.
func howToBuild(sources []string) string {
	seen := map[string]bool{}
	packages := "./tools/aisle ./tools/aisle-launcher"
	for _, s := range sources {
		if !seen[s] {
			packages, seen[s] = packages+" ./"+s, true
		}
	}
	return "in Aisle's source tree, on any machine with Go, build them beside the command: CGO_ENABLED=0 go build -o DIR/ " + packages
}

// copier copies the files of an example.
type copier struct {
	name, to string
	programs supply
	locked   []string
}

func (c *copier) visit(file string, e fs.DirEntry, err error) error {
	if err != nil {
		return err
	}
	target := filepath.Join(c.to, filepath.FromSlash(strings.TrimPrefix(strings.TrimPrefix(file, c.name), "/")))
	if e.IsDir() {
		return os.MkdirAll(target, 0o755)
	}
	if strings.HasSuffix(file, "_test.go") {
		return nil
	}
	b, err := examples.Files.ReadFile(file)
	if err != nil {
		return err
	}
	if strings.HasSuffix(file, storefile.LockExtension) {
		c.locked = append(c.locked, filepath.Dir(target))
	}
	if strings.HasSuffix(file, storefile.Extension) {
		if b, err = c.rewrite(file, target, b); err != nil {
			return err
		}
	}
	return os.WriteFile(target, b, 0o644)
}

// rewrite gives a store file whose paths are right in the copy.
func (c *copier) rewrite(file, target string, b []byte) ([]byte, error) {
	b = sourceLine.ReplaceAllFunc(b, func(m []byte) []byte {
		parts := sourceLine.FindSubmatch(m)
		at, outside := inTree(c.name, file, string(parts[2]))
		if !outside {
			return m
		}
		return []byte(string(parts[1]) + filepath.ToSlash(c.way(filepath.Dir(target), at)) + string(parts[3]))
	})
	var failed error
	b = besideStore.ReplaceAllFunc(b, func(m []byte) []byte {
		from := path.Join(path.Dir(file), string(besideStore.FindSubmatch(m)[1]))
		text, err := examples.Files.ReadFile(from)
		if err == nil {
			err = os.WriteFile(filepath.Join(filepath.Dir(target), path.Base(from)), text, 0o644)
		}
		failed = errors.Join(failed, err)
		return []byte("${path.store}/" + path.Base(from))
	})
	return b, failed
}

// way is the source that a store in a folder is to say: relative within a
// source tree or the copy, where both move together.
func (c *copier) way(dir, source string) string {
	at := filepath.Join(c.programs.dir, filepath.FromSlash(source))
	if !c.programs.tree {
		at = filepath.Join(c.to, programsDir, path.Base(source))
	} else if treeAbove(dir) != c.programs.dir {
		return at
	}
	way, err := filepath.Rel(dir, at)
	if err != nil {
		return at
	}
	if !strings.HasPrefix(way, "..") {
		way = "./" + way
	}
	return way
}

// copyProgram copies a program; one that is there is that of another block.
func copyProgram(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return errors.Join(err, out.Close())
	}
	defer in.Close()
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
