package lsp

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/openaisle/aisle/hcl/storefile"
)

// maxDocuments is how many files may be open at a time.
const maxDocuments = storefile.MaxFiles

// document is a file as the editor holds it.
type document struct {
	uri string
	src []byte
}

// documents are the open ones by path.
type documents map[string]*document

func (s *server) didOpen(_ context.Context, p openParams) (any, error) {
	at := path(p.TextDocument.URI)
	if at == "" {
		return nil, nil // a buffer without a file is of no store
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, open := s.docs[at]; !open && len(s.docs) >= maxDocuments {
		return nil, fmt.Errorf("more than %d files are open", maxDocuments)
	}
	if len(p.TextDocument.Text) > storefile.MaxFileBytes {
		return nil, fmt.Errorf("%s is larger than a store file may be", at)
	}
	s.docs[at] = &document{uri: p.TextDocument.URI, src: []byte(p.TextDocument.Text)}
	s.recheck()
	return nil, nil
}

func (s *server) didChange(_ context.Context, p changeParams) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.docs[path(p.TextDocument.URI)]
	if d == nil {
		return nil, fmt.Errorf("%s is not open", p.TextDocument.URI)
	}
	src := d.src
	for _, c := range p.ContentChanges {
		if c.Range == nil {
			src = []byte(c.Text)
		} else {
			from := offset(src, c.Range.Start)
			to := max(offset(src, c.Range.End), from)
			src = bytes.Join([][]byte{src[:from], []byte(c.Text), src[to:]}, nil)
		}
		if len(src) > storefile.MaxFileBytes {
			return nil, fmt.Errorf("%s is larger than a store file may be", p.TextDocument.URI)
		}
	}
	d.src = src
	s.recheck()
	return nil, nil
}

func (s *server) didSave(context.Context, any) (any, error)      { s.recheck(); return nil, nil }
func (s *server) filesChanged(context.Context, any) (any, error) { s.recheck(); return nil, nil }

func (s *server) didClose(_ context.Context, p changeParams) (any, error) {
	s.mu.Lock()
	delete(s.docs, path(p.TextDocument.URI))
	s.mu.Unlock()
	s.recheck() // the file is as it is on the disk again
	return nil, nil
}

// recheck tells the checker that something changed.
func (s *server) recheck() {
	select {
	case s.kick <- struct{}{}:
	default: // it will look anyway
	}
}

// snapshot gives the open documents as they are now.
func (s *server) snapshot() map[string][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[string][]byte, len(s.docs))
	for at, d := range s.docs {
		out[at] = d.src // it is never written into
	}
	return out
}

// uri gives a file's URI, in the editor's own spelling where it is open.
func (s *server) uri(at string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.docs[at]; d != nil {
		return d.uri
	}
	return uriOf(at)
}

// text gives a file's text, as the editor holds it or else from the disk.
func text(over map[string][]byte, at string, limit int64) ([]byte, error) {
	if src, ok := over[at]; ok {
		return src, nil
	}
	f, err := os.Open(at)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	src, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(src)) > limit {
		err = fmt.Errorf("%s is larger than %d bytes", at, limit)
	}
	return src, err
}

// folderFiles gives the texts of the files in a folder that have one of the
// ends, those that can't be read left out.
func folderFiles(over map[string][]byte, dir string, limit int64, ends ...string) map[string][]byte {
	out := map[string][]byte{}
	take := func(at string) {
		for _, end := range ends {
			if !strings.HasSuffix(at, end) || strings.HasPrefix(filepath.Base(at), ".") || len(out) >= storefile.MaxFiles {
				continue
			}
			if src, err := text(over, at, limit); err == nil {
				out[at] = src
			}
		}
	}
	entries, _ := os.ReadDir(dir) // a folder that is not there has what is open in it
	for _, e := range entries {
		if e.Type().IsRegular() {
			take(filepath.Join(dir, e.Name()))
		}
	}
	for at := range over {
		if filepath.Dir(at) == dir {
			take(at)
		}
	}
	return out
}
