package storefile

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// identifiers finds the names that a person could mistype: block types,
// arguments, and the parts of references.
var identifiers = regexp.MustCompile(`(?m)^ *([a-z_]{3,})(?: +=| \{| ")|\b([a-z_]{3,})\.([a-z_0-9]{3,})|\.([a-z_0-9]{3,})\b`)

// A name with a letter missing, doubled or changed gets the right suggestion in
// at least 95 of 100 cases.
func TestTypos(t *testing.T) {
	base, src := read(t, "testdata/base.hcl"), read(t, "testdata/good/everything.hcl")
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "base.hcl", base)
	tried, right := 0, 0
	for _, edit := range []func(string) string{
		func(w string) string { return w[:len(w)/2] + w[len(w)/2+1:] },
		func(w string) string { return w[:len(w)/2] + w[len(w)/2:len(w)/2+1] + w[len(w)/2:] },
		func(w string) string { return w[:len(w)-1] + "x" },
	} {
		for _, m := range identifiers.FindAllStringSubmatchIndex(src, -1) {
			for group := 2; group < len(m); group += 2 {
				if m[group] < 0 || inert(src, m[group]) {
					continue
				}
				word := src[m[group]:m[group+1]]
				if edit(word) == word {
					continue
				}
				write(t, dir, "everything.hcl", src[:m[group]]+edit(word)+src[m[group+1]:])
				_, ps := Load(dir, &Options{Schemas: acme{}, Vars: map[string]string{"recording": "testdata/good/data"}})
				tried++
				if suggests(ps, word) {
					right++
				} else {
					t.Logf("%q for %q: %v", edit(word), word, ps)
				}
			}
		}
	}
	if tried < 200 || right*100 < tried*95 {
		t.Errorf("%d of %d", right, tried)
	}
	t.Logf("%d of %d", right, tried)
}

// inert says whether a word is a comment, free text or a name that is being
// declared, where any spelling is right.
func inert(src string, at int) bool {
	start := strings.LastIndexByte(src[:at], '\n') + 1
	line := strings.TrimSpace(src[start:])
	line, _, _ = strings.Cut(line, "\n")
	before := src[start:at]
	declared := strings.Contains(src[:at], "locals {") && !strings.Contains(src[strings.Index(src, "locals {"):at], "\n}")
	return strings.HasPrefix(line, "#") || strings.Count(before, `"`)%2 == 1 && !strings.Contains(before, "${") ||
		declared && strings.TrimSpace(before) == "" || strings.Contains(before, "{ row =") || strings.Contains(before, "{ shelf =") ||
		strings.Contains(before, "}/")
}

func suggests(ps Problems, word string) bool {
	for _, p := range ps {
		if p.Suggestion == word || strings.HasSuffix(p.Suggestion, "."+word) || strings.Contains(p.Suggestion, word+".") {
			return true
		}
	}
	return false
}
