package lsp

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"

	"github.com/openaisle/aisle/hcl/storefile"
)

// Options are what the command line says. Nil is the default.
type Options struct {
	// Version is the server's.
	Version string
	// Vars and VarFiles are as for aisle validate.
	Vars     map[string]string
	VarFiles []string
}

// server is one session with an editor.
type server struct {
	options  Options
	mu       sync.Mutex // documents, and what the checker found
	docs     documents
	checked  map[string]checked
	kick     chan struct{}
	out      io.Writer
	writing  sync.Mutex
	snippets bool
	roots    []string

	initialized, down bool
}

// Serve speaks with one editor until it says exit or the input ends. The error
// is of the input, or that the editor left without saying shutdown first.
func Serve(ctx context.Context, in io.Reader, out io.Writer, options *Options) error {
	s := &server{out: out, docs: documents{}, checked: map[string]checked{}, kick: make(chan struct{}, 1)}
	if options != nil {
		s.options = *options
	}
	ctx, stop := context.WithCancel(ctx)
	var wait sync.WaitGroup
	wait.Go(func() { s.check(ctx) })
	defer wait.Wait()
	defer stop()
	r := bufio.NewReaderSize(in, 64<<10)
	for {
		b, err := readMessage(r)
		if errors.Is(err, io.EOF) {
			return s.left()
		}
		if err != nil {
			return err
		}
		exit, err := s.receive(ctx, b)
		if err != nil {
			return err
		}
		if exit {
			return s.left()
		}
	}
}

// left says whether the editor took its leave.
func (s *server) left() error {
	if s.initialized && !s.down {
		return errors.New("the editor left without a shutdown")
	}
	return nil
}

// receive does what one message says. The error is of the output.
func (s *server) receive(ctx context.Context, b []byte) (exit bool, err error) {
	var m message
	if json.Unmarshal(b, &m) != nil {
		return false, s.reply(json.RawMessage("null"), nil, &rpcError{codeParse, "the message is no JSON object"})
	}
	if m.Method == "" { // a response; nothing is asked of editors
		return false, nil
	}
	if m.Method == "exit" {
		return true, nil
	}
	result, failed := s.call(ctx, m)
	if len(m.ID) == 0 {
		return false, nil // a notification has no answer, whatever became of it
	}
	return false, s.reply(m.ID, result, failed)
}

// call calls what a method is done by. A panic in it is an answer like others.
func (s *server) call(ctx context.Context, m message) (result any, failed *rpcError) {
	defer func() {
		if r := recover(); r != nil {
			result, failed = nil, &rpcError{codeInternal, fmt.Sprintf("%s: %v\n%s", m.Method, r, debug.Stack())}
		}
	}()
	do, known := s.methods()[m.Method]
	switch {
	case !known:
		return nil, &rpcError{codeNoMethod, fmt.Sprintf("there is no method %.60q here", m.Method)}
	case m.Method != "initialize" && !s.initialized:
		return nil, &rpcError{codeNotInitialized, "the first request is initialize"}
	case s.down && m.Method != "shutdown":
		return nil, &rpcError{codeInvalidRequest, "the server was shut down"}
	}
	result, err := do(ctx, m.Params)
	var said *rpcError
	switch {
	case err == nil:
		return result, nil
	case errors.As(err, &said):
		return nil, said
	}
	return nil, &rpcError{codeRequestFailed, err.Error()}
}

type method func(context.Context, json.RawMessage) (any, error)

// with makes a method of a function that takes its parameters.
func with[P any](f func(context.Context, P) (any, error)) method {
	return func(ctx context.Context, raw json.RawMessage) (any, error) {
		var p P
		if len(raw) > 0 {
			if err := json.Unmarshal(raw, &p); err != nil {
				return nil, &rpcError{codeInvalidParams, "the parameters are not those of the method: " + err.Error()}
			}
		}
		return f(ctx, p)
	}
}

func (s *server) methods() map[string]method {
	nothing := func(context.Context, json.RawMessage) (any, error) { return nil, nil }
	return map[string]method{
		"initialize":                       with(s.initialize),
		"initialized":                      nothing,
		"shutdown":                         with(s.shutdown),
		"$/cancelRequest":                  nothing, // what is asked is answered before the next message is read
		"$/setTrace":                       nothing,
		"workspace/didChangeConfiguration": nothing,
		"workspace/didChangeWatchedFiles":  with(s.filesChanged),
		"textDocument/didOpen":             with(s.didOpen),
		"textDocument/didChange":           with(s.didChange),
		"textDocument/didSave":             with(s.didSave),
		"textDocument/didClose":            with(s.didClose),
		"textDocument/completion":          with(s.completion),
		"textDocument/hover":               with(s.hover),
		"textDocument/definition":          with(s.definition),
		"textDocument/references":          with(s.references),
		"textDocument/prepareRename":       with(s.prepareRename),
		"textDocument/rename":              with(s.rename),
		"textDocument/formatting":          with(s.formatting),
		"textDocument/documentSymbol":      with(s.symbols),
		"textDocument/codeAction":          with(s.codeAction),
	}
}

func (s *server) initialize(_ context.Context, p initializeParams) (any, error) {
	if s.initialized {
		return nil, &rpcError{codeInvalidRequest, "initialize comes once"}
	}
	s.initialized = true
	s.snippets = p.Capabilities.TextDocument.Completion.CompletionItem.SnippetSupport
	for _, f := range p.WorkspaceFolders {
		s.roots = append(s.roots, path(f.URI))
	}
	if root := path(p.RootURI); root != "" {
		s.roots = append(s.roots, root)
	}
	return map[string]any{
		"serverInfo": map[string]any{"name": "aisle", "version": s.options.Version},
		"capabilities": map[string]any{
			"textDocumentSync":           map[string]any{"openClose": true, "change": 2, "save": true},
			"completionProvider":         map[string]any{"triggerCharacters": []string{".", "=", " ", "[", "\""}},
			"hoverProvider":              true,
			"definitionProvider":         true,
			"referencesProvider":         true,
			"renameProvider":             map[string]any{"prepareProvider": true},
			"documentFormattingProvider": true,
			"documentSymbolProvider":     true,
			"codeActionProvider":         map[string]any{"codeActionKinds": []string{"quickfix"}},
		},
	}, nil
}

func (s *server) shutdown(context.Context, any) (any, error) {
	s.down = true
	return nil, nil
}

// reply answers a request.
func (s *server) reply(id json.RawMessage, result any, failed *rpcError) error {
	m := message{Version: "2.0", ID: id, Error: failed}
	if failed == nil {
		b, err := json.Marshal(result)
		if err != nil {
			return err
		}
		m.Result = b
	}
	return s.send(m)
}

func (s *server) notify(method string, params any) error {
	b, err := json.Marshal(params)
	if err != nil {
		return err
	}
	return s.send(message{Version: "2.0", Method: method, Params: b})
}

func (s *server) send(m message) error {
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	return writeMessage(s.out, b)
}

// load are the options of everything that is read of a store.
func (s *server) load(over map[string][]byte) *storefile.Options {
	return &storefile.Options{Vars: s.options.Vars, VarFiles: s.options.VarFiles, Overlay: over}
}
