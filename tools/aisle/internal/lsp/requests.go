package lsp

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/openaisle/aisle/hcl/language"
	"github.com/openaisle/aisle/hcl/storefile"
)

// folder reads the folder of a document, with what is known of its store.
type folder struct {
	*language.Folder
	over  map[string][]byte
	files map[string][]byte
	at    string
}

// maxModules is how many modules of one folder are read for what they take.
const maxModules = 64

// maxData is the most bytes of a file of data in which addresses are renamed.
const maxData = 4 << 20

// open gives the folder of a document. data says that other files than store
// files are wanted too.
func (s *server) open(uri string, data bool) (*folder, error) {
	at := path(uri)
	if at == "" {
		return nil, fmt.Errorf("%s is no file", uri)
	}
	over := s.snapshot()
	if _, isOpen := over[at]; !isOpen {
		return nil, fmt.Errorf("%s is not open", uri)
	}
	dir := filepath.Dir(at)
	root := s.root(over, dir)
	if strings.HasSuffix(at, storefile.TestExtension) {
		dir = root // a test may lie in a folder of its own, and is about the store
	}
	f := &folder{over: over, at: at, files: folderFiles(over, dir, storefile.MaxFileBytes, storefile.Extension)}
	f.files[at] = over[at]
	s.mu.Lock()
	known := s.checked[root]
	s.mu.Unlock()
	options := &language.Options{Schemas: known.schemas}
	if known.def != nil {
		for _, p := range known.def.Store.Plugins {
			options.Plugins = append(options.Plugins, p.Name)
		}
		if root == dir {
			options.Addresses = addresses(known.def)
		}
	}
	if data {
		options.Data = folderFiles(over, dir, maxData, ".csv", ".json", ".yaml", ".yml")
		for name, src := range options.Data {
			f.files[name] = src
		}
	}
	stores := map[string][]byte{}
	for name, src := range f.files {
		if _, isData := options.Data[name]; !isData {
			stores[name] = src
		}
	}
	f.Folder = language.Open(stores, options)
	if sources := f.Sources(); len(sources) > 0 {
		options.Modules = map[string]language.Module{}
		for _, source := range sources[:min(len(sources), maxModules)] {
			m := language.Open(folderFiles(over, filepath.Join(dir, filepath.FromSlash(source)), storefile.MaxFileBytes, storefile.Extension), nil)
			options.Modules[source] = m.Interface()
		}
		f.Folder = language.Open(stores, options)
	}
	return f, nil
}

// addresses are those of a store's devices, bays and goods.
func addresses(def *storefile.Definition) []string {
	var out []string
	for _, d := range def.Store.Devices {
		out = append(out, d.Address)
		for _, b := range d.Bays {
			out = append(out, b.Address)
		}
	}
	for _, z := range def.Store.Zones {
		out = append(out, z.Address)
	}
	for _, p := range def.Store.Products {
		out = append(out, "product."+p.Name)
	}
	return out
}

func (f *folder) offset(p position) int { return offset(f.files[f.at], p) }

func (f *folder) span(p language.Place) span { return spanOf(f.files[p.File], p.From, p.To) }

func (s *server) completion(ctx context.Context, p positionParams) (any, error) {
	f, err := s.open(p.TextDocument.URI, false)
	if err != nil {
		return nil, err
	}
	found, complete, err := f.Complete(ctx, f.at, f.offset(p.Position))
	if err != nil {
		return nil, err
	}
	out := completionList{IsIncomplete: !complete, Items: []completionItem{}}
	for i, c := range found {
		item := completionItem{
			Label: c.Label, Detail: c.Detail, Kind: itemKind(c.Kind), SortText: fmt.Sprintf("%04d", i), InsertTextFormat: 1,
			TextEdit: textEdit{f.span(c.Edit.Place), c.Edit.Text},
		}
		if c.Doc != "" {
			item.Documentation = &markup{"markdown", c.Doc}
		}
		if s.snippets && c.Snippet != "" {
			item.InsertTextFormat, item.TextEdit.NewText = 2, c.Snippet
		}
		out.Items = append(out.Items, item)
	}
	return out, nil
}

// itemKind gives the number of a kind (LSP 3.17 CompletionItemKind).
func itemKind(k language.Kind) int {
	switch k {
	case language.KindBlock:
		return 7 // Class
	case language.KindArgument:
		return 10 // Property
	case language.KindReference:
		return 18 // Reference
	case language.KindFunction:
		return 3 // Function
	case language.KindValue:
		return 12 // Value
	case language.KindText:
	}
	return 1 // Text
}

func (s *server) hover(ctx context.Context, p positionParams) (any, error) {
	f, err := s.open(p.TextDocument.URI, false)
	if err != nil {
		return nil, err
	}
	h, ok, err := f.Hover(ctx, f.at, f.offset(p.Position))
	if err != nil || !ok {
		return nil, err
	}
	return hover{markup{"markdown", h.Markdown}, f.span(h.Place)}, nil
}

func (s *server) definition(_ context.Context, p positionParams) (any, error) {
	f, err := s.open(p.TextDocument.URI, false)
	if err != nil {
		return nil, err
	}
	return s.locations(f, f.Definition(f.at, f.offset(p.Position))), nil
}

func (s *server) references(_ context.Context, p positionParams) (any, error) {
	f, err := s.open(p.TextDocument.URI, false)
	if err != nil {
		return nil, err
	}
	return s.locations(f, f.References(f.at, f.offset(p.Position))), nil
}

func (s *server) locations(f *folder, places []language.Place) []location {
	out := []location{}
	for _, p := range places {
		out = append(out, location{s.uri(p.File), f.span(p)})
	}
	return out
}

func (s *server) prepareRename(_ context.Context, p positionParams) (any, error) {
	f, err := s.open(p.TextDocument.URI, false)
	if err != nil {
		return nil, err
	}
	at, name, err := f.CanRename(f.at, f.offset(p.Position))
	if err != nil {
		return nil, err
	}
	return prepared{f.span(at), name}, nil
}

func (s *server) rename(_ context.Context, p positionParams) (any, error) {
	f, err := s.open(p.TextDocument.URI, true)
	if err != nil {
		return nil, err
	}
	edits, err := f.Rename(f.at, f.offset(p.Position), p.NewName)
	if err != nil {
		return nil, err
	}
	out := workspaceEdit{Changes: map[string][]textEdit{}}
	for _, e := range edits {
		uri := s.uri(e.File)
		out.Changes[uri] = append(out.Changes[uri], textEdit{f.span(e.Place), e.Text})
	}
	return out, nil
}

func (s *server) formatting(_ context.Context, p positionParams) (any, error) {
	at := path(p.TextDocument.URI)
	src, ok := s.snapshot()[at]
	if !ok {
		return nil, fmt.Errorf("%s is not open", p.TextDocument.URI)
	}
	out, problems := storefile.Format(filepath.Base(at), src)
	if err := problems.Err(); err != nil {
		return nil, errors.New("a file that doesn't parse can't be laid out: " + err.Error())
	}
	if string(out) == string(src) {
		return []textEdit{}, nil
	}
	return []textEdit{{spanOf(src, 0, len(src)), string(out)}}, nil
}

// symbolKinds are the numbers of the kinds in an outline (LSP 3.17 SymbolKind).
var symbolKinds = map[string]int{"variable": 13, "local": 14, "module": 2, "plugin": 4, "zone": 3, "output": 7}

func (s *server) symbols(_ context.Context, p positionParams) (any, error) {
	f, err := s.open(p.TextDocument.URI, false)
	if err != nil {
		return nil, err
	}
	out := []documentSymbol{}
	for _, x := range f.Symbols(f.at) {
		kind := symbolKinds[x.Kind]
		if kind == 0 {
			kind = 19 // Object
		}
		out = append(out, documentSymbol{Name: x.Name, Detail: x.Kind, Kind: kind, Range: f.span(x.Whole), SelectionRange: f.span(x.Label)})
	}
	return out, nil
}

// codeAction offers what was probably meant in place of what is written.
func (s *server) codeAction(_ context.Context, p codeActionParams) (any, error) {
	out := []codeAction{}
	for _, d := range p.Context.Diagnostics {
		if d.Source != "aisle" || d.Data.Suggestion == "" {
			continue
		}
		out = append(out, codeAction{
			Title: "Write " + d.Data.Suggestion, Kind: "quickfix", Diagnostics: []diagnostic{d}, IsPreferred: true,
			Edit: workspaceEdit{map[string][]textEdit{p.TextDocument.URI: {{d.Range, d.Data.Suggestion}}}},
		})
	}
	return out, nil
}
