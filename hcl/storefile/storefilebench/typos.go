package storefilebench

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/openaisle/aisle/hcl/storefile"
)

// TypoStores are the folders of stores and fleets in which names are mistyped.
func TypoStores() []string { return []string{"corner", "prices", "canteen", "stadium", "fleet-140"} }

// TypoOptions say which slips are tried.
type TypoOptions struct {
	// Examples is the folder that TypoStores are in.
	Examples string
	// Schemas gives what the plugins of the store in a folder want. It is asked
	// once a folder.
	Schemas func(dir string) storefile.Schemas
	// PerKind is how many names of each kind are drawn, 0 for all; each is
	// mistyped once in each of four ways: a letter too many, one missing, one
	// that is another, and two that changed places.
	PerKind int
	Seed    uint64
	// Missed is told of every slip that had no suggestion or a wrong one; nil is
	// nobody.
	Missed func(string)
}

// TypoKind is what came of the slips in names of one kind.
type TypoKind struct {
	Kind string
	// Tried are the slips that make a wrong name, Right those of them for which
	// the name that was there is suggested where it stood.
	Tried, Right int
	// Valid are the slips that made another valid name. They count for nothing.
	Valid int
}

// Typos mistypes names of the example stores and looks what is suggested.
func Typos(o TypoOptions) ([]TypoKind, error) {
	var all []slip
	words := map[string]bool{}
	for _, dir := range TypoStores() {
		some, err := slipsIn(filepath.Join(o.Examples, dir), o.Schemas, words)
		if err != nil {
			return nil, fmt.Errorf("mistype the names of %s: %w", dir, err)
		}
		all = append(all, some...)
	}
	random := rand.New(rand.NewPCG(o.Seed, o.Seed)) //nolint:gosec // the same slips each time
	out := make([]TypoKind, 0, len(kindsOfNames()))
	for _, kind := range kindsOfNames() {
		of := slices.DeleteFunc(slices.Clone(all), func(s slip) bool { return s.kind != kind })
		random.Shuffle(len(of), func(i, j int) { of[i], of[j] = of[j], of[i] })
		if o.PerKind > 0 && len(of) > o.PerKind {
			of = of[:o.PerKind]
		}
		k := TypoKind{Kind: kind}
		for _, s := range of {
			for _, edit := range edits(s.word, random) {
				k.count(s, edit, words, o.Missed)
			}
		}
		out = append(out, k)
	}
	return out, nil
}

func (k *TypoKind) count(s slip, edit string, words map[string]bool, missed func(string)) {
	problems := s.where.check(s.path, slices.Concat(s.src[:s.start], []byte(edit), s.src[s.start+len(s.word):]))
	suggestion, about := s.suggested(edit, problems)
	switch {
	case !problems.HasErrors(), !about && words[edit], s.kind == kindUnit && isUnit(edit) && suggestion == "":
		k.Valid++
		return
	case s.right(edit, suggestion, problems):
		k.Right++
	case missed != nil:
		missed(fmt.Sprintf("%s: %s: %q for %q: %q %v", s.kind, s.path, edit, s.word, suggestion, problems))
	}
	k.Tried++
}

// isUnit says whether a unit is one that is written for some quantity.
func isUnit(s string) bool {
	return slices.Contains([]string{"g", "kg", "mg", "oz", "lb", "s", "ms", "us", "m", "h"}, s)
}

// slip is a name in its file.
type slip struct {
	name
	path  string
	src   []byte
	where *typoStore
}

// at gives the problems about a mistyped name, those on it before those on its
// line.
func (s slip) at(edit string, ps storefile.Problems) []storefile.Problem {
	var on, beside []storefile.Problem
	for _, p := range ps {
		if p.Severity != storefile.Error || filepath.Join(s.where.dir, filepath.FromSlash(p.File)) != s.path {
			continue
		}
		line := 1 + strings.Count(string(s.src[:s.start]), "\n")
		switch {
		case p.StartByte <= s.start+len(edit) && s.start <= p.EndByte:
			on = append(on, p)
		case p.Line == line:
			beside = append(beside, p)
		}
	}
	return append(on, beside...)
}

// suggested gives what is suggested first where the name stands, and whether a
// problem there is about a name at all.
func (s slip) suggested(edit string, ps storefile.Problems) (suggestion string, about bool) {
	for _, p := range s.at(edit, ps) {
		about = about || strings.HasPrefix(p.Code, "unknown_") || p.Code == "function" || p.Code == "driver" || p.Code == "quantity"
		if suggestion == "" {
			suggestion = p.Suggestion
		}
	}
	return suggestion, about
}

// right says whether the first suggestion, written in place of what its problem
// is about, gives the file as it was; white space apart.
func (s slip) right(edit, suggestion string, ps storefile.Problems) bool {
	if suggestion == "" {
		return false
	}
	if suggestion == s.word {
		return true
	}
	src := string(s.src[:s.start]) + edit + string(s.src[s.start+len(s.word):])
	for _, p := range s.at(edit, ps) {
		if p.Suggestion == suggestion {
			return solid(src[:p.StartByte]+suggestion+src[p.EndByte:]) == solid(string(s.src))
		}
	}
	return false
}

func solid(s string) string { return strings.Join(strings.Fields(s), "") }

// edits mistypes a word in each of four ways, the letters drawn.
func edits(word string, random *rand.Rand) []string {
	var letters, pairs []int
	for i, c := range []byte(word) {
		if isLetter(c) {
			letters = append(letters, i)
		}
		if i > 0 && isLetter(c) && isLetter(word[i-1]) && c != word[i-1] {
			pairs = append(pairs, i)
		}
	}
	if len(letters) == 0 {
		return nil
	}
	at := func() int { return letters[random.IntN(len(letters))] }
	letter := func(like byte) string {
		c := byte('a' + random.IntN(26))
		if like <= 'Z' {
			c -= 'a' - 'A'
		}
		return string(c)
	}
	i, j, k := at(), at(), at()
	out := []string{word[:i] + letter(word[i]) + word[i:], word[:j] + word[j+1:], word[:k] + letter(word[k]) + word[k+1:]}
	if len(pairs) > 0 {
		p := pairs[random.IntN(len(pairs))]
		out = append(out, word[:p-1]+word[p:p+1]+word[p-1:p]+word[p+1:])
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == word || s == "" && len(word) > 1 })
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// typoStore is an example: a store, or a fleet of which the first store is
// checked too.
type typoStore struct {
	dir   string
	fleet bool
	// schemas are those of the store.
	schemas storefile.Schemas
}

// check gives the problems of the store with another text in one file.
func (t *typoStore) check(path string, src []byte) storefile.Problems {
	o := &storefile.Options{Schemas: t.schemas, Overlay: map[string][]byte{path: src}}
	if path == "" {
		o.Overlay = nil
	}
	if !t.fleet {
		_, ps := storefile.Load(t.dir, o)
		return ps
	}
	f, ps := storefile.LoadFleet(t.dir, o)
	if len(f.Stores) > 0 && !ps.HasErrors() {
		_, more := storefile.Load(f.Stores[0].Dir, f.Stores[0].Options(o))
		ps = append(ps, more...)
	}
	return ps
}

// slipsIn finds the names in the files of a store or fleet, and keeps the words.
func slipsIn(dir string, schemas func(string) storefile.Schemas, words map[string]bool) ([]slip, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find the folder: %w", err)
	}
	t := &typoStore{dir: dir, fleet: storefile.IsFleet(dir)}
	of := dir
	if t.fleet {
		f, ps := storefile.LoadFleet(dir, nil)
		if ps.HasErrors() || len(f.Stores) == 0 {
			return nil, fmt.Errorf("the fleet has no stores: %w", ps.Err())
		}
		of = f.Stores[0].Dir
	}
	t.schemas = schemas(of)
	if ps := t.check("", nil); ps.HasErrors() {
		return nil, ps.Err()
	}
	var out []slip
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !isDefinition(path) {
			return err
		}
		src, err := os.ReadFile(path) //nolint:gosec // a file of the folder that the caller names
		if err != nil {
			return err
		}
		names, err := namesOf(path, src)
		for _, n := range names {
			words[n.word] = true
			out = append(out, slip{n, path, src, t})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the files: %w", err)
	}
	return out, nil
}

// isDefinition says whether a file is part of what a store is.
func isDefinition(path string) bool {
	return strings.HasSuffix(path, storefile.Extension) && !strings.HasSuffix(path, ".storetest.hcl") && !strings.HasSuffix(path, ".lock.hcl")
}
