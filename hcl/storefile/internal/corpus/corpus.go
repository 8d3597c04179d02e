// Package corpus holds broken store files, each with what is wrong with it.
//
// The tests of package storefile and aisle bench hcl read it; it reads no store
// file itself. Folder bad holds files that announce their mistakes on the lines
// that have them, folder cases archives of many small cases:
//
//	-- zone_mistyped --
//	zone "x" {
//	-- zone_mistyped/want --
//	zone_mistyped.hcl:1:10 syntax <{> Unclosed configuration block
//
// A further file of a case is NAME/FILE. A line of want is a place, a code, a
// W where it is a warning, the text at the place, the summary and after => the
// suggestion. In a store file, "# VAR name=value" is a flag of the command line,
// "# ALONE" says that base.hcl is not loaded too, and "# WITHOUT payment" that
// it is without its payment blocks.
package corpus

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

//go:embed base.hcl bad/*.hcl cases/*.txtar
var embedded embed.FS

// Case is one broken store.
type Case struct {
	// Name is that of the file without its extension, or of the archive and the
	// case in it.
	Name string
	// Files are the store's files by name, those of base.hcl included.
	Files map[string]string
	// Vars are the values of variables, as given on the command line.
	Vars map[string]string
	// Want are the lines that say what is wrong, sorted; empty where the files
	// announce it on their own lines.
	Want []string
	// Archive is the file in folder cases that the case is in; empty for none.
	Archive string
}

var directive = regexp.MustCompile(`(?m)^# (VAR|ALONE|WITHOUT) ?(\w*)=?(.*)$`)

// Cases gives all cases in order of name.
func Cases() ([]Case, error) {
	bad, err := fs.Glob(embedded, "bad/*.hcl")
	if err != nil {
		return nil, fmt.Errorf("corpus: %w", err)
	}
	var out []Case
	for _, name := range bad {
		src, err := embedded.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("corpus: %w", err)
		}
		file := path.Base(name)
		c := Case{Name: strings.TrimSuffix(file, ".hcl"), Files: map[string]string{file: string(src)}}
		if err := c.complete(); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	archives, err := fs.Glob(embedded, "cases/*.txtar")
	if err != nil {
		return nil, fmt.Errorf("corpus: %w", err)
	}
	for _, name := range archives {
		src, err := embedded.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("corpus: %w", err)
		}
		cases, err := fromArchive(path.Base(name), src)
		if err != nil {
			return nil, err
		}
		out = append(out, cases...)
	}
	slices.SortStableFunc(out, func(a, b Case) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

// fromArchive gives the cases of an archive.
func fromArchive(archive string, src []byte) ([]Case, error) {
	var out []Case
	at := map[string]int{}
	for _, f := range txtar.Parse(src).Files {
		name, file, several := strings.Cut(f.Name, "/")
		if !several {
			file = name + ".hcl"
		}
		i, have := at[name]
		if !have {
			i = len(out)
			at[name] = i
			out = append(out, Case{Name: strings.TrimSuffix(archive, ".txtar") + "/" + name, Archive: archive, Files: map[string]string{}})
		}
		if file == "want" {
			out[i].Want = strings.Split(strings.TrimSpace(string(f.Data)), "\n")
			continue
		}
		if _, twice := out[i].Files[file]; twice {
			return nil, fmt.Errorf("corpus: %s holds %s of %s twice", archive, file, name)
		}
		out[i].Files[file] = string(f.Data)
	}
	for i := range out {
		if err := out[i].complete(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// complete reads the directives, and adds base.hcl unless one says not to.
func (c *Case) complete() error {
	src, err := embedded.ReadFile("base.hcl")
	if err != nil {
		return fmt.Errorf("corpus: %w", err)
	}
	base, alone := string(src), false
	c.Vars = map[string]string{}
	for name, text := range c.Files {
		if !strings.HasSuffix(name, ".hcl") {
			continue
		}
		for _, m := range directive.FindAllStringSubmatch(text, -1) {
			switch m[1] {
			case "VAR":
				c.Vars[m[2]] = m[3]
			case "WITHOUT":
				base = regexp.MustCompile(`(?ms)^`+m[2]+` .*?^}$`).ReplaceAllString(base, "")
			default:
				alone = true
			}
		}
	}
	if _, own := c.Files["base.hcl"]; !alone && !own {
		c.Files["base.hcl"] = base
	}
	return nil
}

// Write puts the case's files into a folder.
func (c Case) Write(dir string) error {
	for name, text := range c.Files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o750); err != nil {
			return fmt.Errorf("corpus: %w", err)
		}
		if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
			return fmt.Errorf("corpus: %w", err)
		}
	}
	return nil
}
