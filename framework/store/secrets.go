package store

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/openaisle/aisle/hcl/storefile"
)

const (
	// redacted stands in place of a secret.
	redacted = "[redacted]"
	// minSecret is the shortest secret that is looked for, in bytes: shorter
	// ones are in every other word.
	minSecret = 4
)

// Secrets are the values that the store's files name by reference: what must
// stand in no log, no cause and no bundle, whoever writes it there. The zero
// value knows none. Its methods may be called from any goroutine.
type Secrets struct {
	mu    sync.RWMutex
	known []string // longest first; with the forms in which JSON writes them
}

// learn has a function's answers taken for secrets.
func (s *Secrets) learn(resolve func(ref string) (string, error)) func(ref string) (string, error) {
	return func(ref string) (string, error) {
		v, err := resolve(ref)
		if err == nil {
			s.add(v)
		}
		return v, err
	}
}

// load reads a store's files, and learns what their config blocks make of
// secrets: a plugin may repeat "Bearer " and the token in capitals.
func (s *Secrets) load(dir string, o *storefile.Options) (*storefile.Definition, storefile.Problems) {
	def, problems := storefile.Load(dir, o)
	for _, text := range def.Redactable() {
		s.add(text)
	}
	return def, problems
}

func (s *Secrets) add(v string) {
	forms := []string{v}
	if trimmed := strings.TrimSpace(v); trimmed != v {
		forms = append(forms, trimmed)
	}
	for _, f := range slices.Clone(forms) {
		forms = append(forms, quoted(f, true), quoted(f, false))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range forms {
		if len(f) >= minSecret && !slices.Contains(s.known, f) {
			s.known = append(s.known, f)
		}
	}
	slices.SortStableFunc(s.known, func(a, b string) int { return len(b) - len(a) })
}

// quoted is how JSON writes a text, with or without HTML's letters escaped.
func quoted(text string, html bool) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(html)
	if err := e.Encode(text); err != nil {
		return text // text that can't be written is written by nobody
	}
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSuffix(b.String(), "\n"), `"`), `"`)
}

// Text gives a text without the secrets in it.
func (s *Secrets) Text(text string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, k := range s.known {
		text = strings.ReplaceAll(text, k, redacted)
	}
	return text
}

// Writer gives a writer in whose writes no secret is. One write must hold all
// of a line, as a log handler's does.
func (s *Secrets) Writer(w io.Writer) io.Writer { return redactor{s, w} }

type redactor struct {
	secrets *Secrets
	to      io.Writer
}

func (r redactor) Write(b []byte) (int, error) {
	r.secrets.mu.RLock()
	out := b
	for _, k := range r.secrets.known {
		out = bytes.ReplaceAll(out, []byte(k), []byte(redacted))
	}
	r.secrets.mu.RUnlock()
	if _, err := r.to.Write(out); err != nil {
		return 0, err
	}
	return len(b), nil
}
