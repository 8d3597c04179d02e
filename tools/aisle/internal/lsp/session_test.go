package lsp

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// editor is the other end of a session, over pipes.
type editor struct {
	t    *testing.T
	in   io.WriteCloser
	got  chan message
	done chan error
	id   int
	// published are the latest diagnostics by file name.
	published map[string][]diagnostic
}

const patience = time.Minute

func start(t *testing.T) *editor {
	t.Helper()
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	e := &editor{t: t, in: inW, got: make(chan message, 100), done: make(chan error, 1), published: map[string][]diagnostic{}}
	go func() {
		err := Serve(context.Background(), inR, outW, &Options{Version: "test"})
		_ = outW.Close()
		e.done <- err
	}()
	go func() {
		defer close(e.got)
		r := bufio.NewReader(outR)
		for {
			b, err := readMessage(r)
			if err != nil {
				return
			}
			var m message
			if err := json.Unmarshal(b, &m); err != nil {
				t.Error(err)
			}
			e.got <- m
		}
	}()
	return e
}

func (e *editor) send(method string, id int, params any) {
	e.t.Helper()
	p, err := json.Marshal(params)
	if err != nil {
		e.t.Fatal(err)
	}
	m := message{Version: "2.0", Method: method, Params: p}
	if id > 0 {
		m.ID, _ = json.Marshal(id)
	}
	b, err := json.Marshal(m)
	if err != nil {
		e.t.Fatal(err)
	}
	if err := writeMessage(e.in, b); err != nil {
		e.t.Fatal(err)
	}
}

// next gives the next message, diagnostics kept on the way.
func (e *editor) next() message {
	e.t.Helper()
	select {
	case m, ok := <-e.got:
		if !ok {
			e.t.Fatal("the server is gone")
		}
		if m.Method == "textDocument/publishDiagnostics" {
			var p publishParams
			if err := json.Unmarshal(m.Params, &p); err != nil {
				e.t.Fatal(err)
			}
			e.published[filepath.Base(path(p.URI))] = p.Diagnostics
		}
		return m
	case <-time.After(patience):
		e.t.Fatal("no message came")
	}
	return message{}
}

// ask sends a request and gives its answer into result.
func (e *editor) ask(method string, params, result any) *rpcError {
	e.t.Helper()
	e.id++
	e.send(method, e.id, params)
	for {
		m := e.next()
		if m.Method != "" {
			continue
		}
		if m.Error == nil && result != nil {
			if err := json.Unmarshal(m.Result, result); err != nil {
				e.t.Fatalf("%s: %v in %s", method, err, m.Result)
			}
		}
		return m.Error
	}
}

// until waits for diagnostics of a file that are as they should be.
func (e *editor) until(file string, good func([]diagnostic) bool) {
	e.t.Helper()
	for {
		if d, ok := e.published[file]; ok && good(d) {
			return
		}
		e.next()
	}
}

func (e *editor) open(path string) string {
	e.t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		e.t.Fatal(err)
	}
	e.send("textDocument/didOpen", 0, map[string]any{"textDocument": map[string]any{"uri": uriOf(path), "languageId": "hcl", "version": 1, "text": string(src)}})
	return string(src)
}

func (e *editor) leave() {
	e.t.Helper()
	if err := e.ask("shutdown", nil, nil); err != nil {
		e.t.Fatal(err)
	}
	e.send("exit", 0, nil)
	select {
	case err := <-e.done:
		if err != nil {
			e.t.Error(err)
		}
	case <-time.After(patience):
		e.t.Error("the server goes on after exit")
	}
}

// where gives the parameters of a place: behind a text of the file.
func where(path, src, after string, more ...string) map[string]any {
	at := strings.Index(src, after) + len(after)
	out := map[string]any{"textDocument": map[string]any{"uri": uriOf(path)}, "position": positionOf([]byte(src), at)}
	if len(more) > 0 {
		out["newName"] = more[0]
	}
	return out
}

func none(d []diagnostic) bool { return len(d) == 0 }

// copyOf gives a copy of the example's corner shop, with what its lock needs.
func copyOf(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "corner")
	if err := os.CopyFS(dir, os.DirFS("../../../../examples/corner")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestSession(t *testing.T) {
	dir := copyOf(t)
	floor, shelves := filepath.Join(dir, "floor.hcl"), filepath.Join(dir, "shelves.hcl")
	e := start(t)
	if err := e.ask("textDocument/hover", map[string]any{}, nil); err == nil || err.Code != codeNotInitialized {
		t.Error("a hover before initialize", err)
	}
	var about struct {
		Capabilities map[string]any `json:"capabilities"`
	}
	if err := e.ask("initialize", map[string]any{"rootUri": uriOf(dir), "capabilities": map[string]any{}}, &about); err != nil || about.Capabilities["hoverProvider"] != true {
		t.Fatal(err, about)
	}
	e.send("initialized", 0, map[string]any{})
	src := e.open(floor)
	e.until("floor.hcl", none)

	// A mistyped reference in the unsaved buffer, with what was meant; then mended.
	at := strings.Index(src, "zone.drinks")
	change := func(from, to int, text string) {
		now := src[:from] + text + src[to:]
		e.send("textDocument/didChange", 0, map[string]any{"textDocument": map[string]any{"uri": uriOf(floor)}, "contentChanges": []any{
			map[string]any{"range": spanOf([]byte(src), from, to), "text": text},
		}})
		src = now
	}
	change(at, at+len("zone.drinks"), "zone.drnks")
	e.until("floor.hcl", func(d []diagnostic) bool {
		return len(d) == 1 && d[0].Code == "unknown_reference" && d[0].Data.Suggestion == "zone.drinks" && d[0].Range == spanOf([]byte(src), at, at+len("zone.drnks")) && strings.Contains(d[0].Message, "Did you mean")
	})
	var actions []codeAction
	if err := e.ask("textDocument/codeAction", map[string]any{"textDocument": map[string]any{"uri": uriOf(floor)}, "context": map[string]any{"diagnostics": e.published["floor.hcl"]}}, &actions); err != nil || len(actions) != 1 {
		t.Error(err, actions)
	}
	change(at, at+len("zone.drnks"), "zone.drinks")
	e.until("floor.hcl", none)

	completes(t, e, floor, &src, change)
	var h hover
	if err := e.ask("textDocument/hover", where(floor, src, "serves = gate.no"), &h); err != nil || !strings.Contains(h.Contents.Value, `gate "north"`) {
		t.Error(err, h)
	}
	var to []location
	if err := e.ask("textDocument/definition", where(floor, src, "driver = nordgate.g"), &to); err != nil || len(to) != 1 || filepath.Base(path(to[0].URI)) != "store.hcl" {
		t.Error(err, to)
	}
	renames(t, e, shelves)

	change(0, 0, "zone    \"x\" {}\n")
	var edits []textEdit
	if err := e.ask("textDocument/formatting", map[string]any{"textDocument": map[string]any{"uri": uriOf(floor)}}, &edits); err != nil || len(edits) != 1 || !strings.HasPrefix(edits[0].NewText, "zone \"x\" {}\n") {
		t.Error(err, edits)
	}
	var outline []documentSymbol
	if err := e.ask("textDocument/documentSymbol", map[string]any{"textDocument": map[string]any{"uri": uriOf(floor)}}, &outline); err != nil || len(outline) < 10 || outline[0].Name != "x" {
		t.Error(err, outline)
	}
	e.send("textDocument/didClose", 0, map[string]any{"textDocument": map[string]any{"uri": uriOf(floor)}})
	if err := e.ask("textDocument/hover", where(floor, src, "gate"), nil); err == nil {
		t.Error("a file that is closed is asked about")
	}
	e.leave()
}

// completes asks what may be written in a new gate: references to what is
// declared, and the arguments of its driver from the cached schema.
func completes(t *testing.T, e *editor, floor string, src *string, change func(from, to int, text string)) {
	t.Helper()
	const gate = "gate \"t\" {\n  driver = nordgate.gate\n  zone = zone.\n  config {\n    \n  }\n}\n"
	change(0, 0, gate)
	for after, want := range map[string]string{"config {\n    ": "world", "zone = zone.": "zone.entrance_north"} {
		var list completionList
		if err := e.ask("textDocument/completion", where(floor, *src, after), &list); err != nil {
			t.Error(err)
		}
		labels := map[string]bool{}
		for _, i := range list.Items {
			labels[i.Label] = true
		}
		if !labels[want] || labels["gate.north"] || labels["role"] {
			t.Errorf("behind %q: %v", after, labels)
		}
	}
	change(0, len(gate), "")
}

// renames renames a shelf that other files refer to, applies it, and finds the
// store as good as before.
func renames(t *testing.T, e *editor, shelves string) {
	t.Helper()
	text := e.open(shelves)
	e.until("shelves.hcl", none)
	var p prepared
	if err := e.ask("textDocument/prepareRename", where(shelves, text, `weight_shelf "cooler_`), &p); err != nil || p.Placeholder != "cooler_top" {
		t.Fatal(err, p)
	}
	if err := e.ask("textDocument/rename", where(shelves, text, `weight_shelf "cooler_`, "cooler_bottom"), nil); err == nil || err.Code != codeRequestFailed {
		t.Error("two shelves of one name", err)
	}
	var edit workspaceEdit
	if err := e.ask("textDocument/rename", where(shelves, text, `weight_shelf "cooler_`, "chilled"), &edit); err != nil {
		t.Fatal(err)
	}
	for uri, edits := range edit.Changes {
		name := path(uri)
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := len(edits) - 1; i >= 0; i-- {
			from, to := offset(src, edits[i].Range.Start), offset(src, edits[i].Range.End)
			src = []byte(string(src[:from]) + edits[i].NewText + string(src[to:]))
		}
		if err := os.WriteFile(name, src, 0o600); err != nil {
			t.Fatal(err)
		}
		if name == shelves {
			e.send("textDocument/didChange", 0, map[string]any{"textDocument": map[string]any{"uri": uri}, "contentChanges": []any{map[string]any{"text": string(src)}}})
			if !strings.Contains(string(src), "from = weight_shelf.cooler_top\n  to   = weight_shelf.chilled") {
				t.Errorf("no moved block:\n%s", src)
			}
		}
	}
	if len(edit.Changes) < 3 { // the shelves, the planogram, the scene
		t.Error(edit.Changes)
	}
	delete(e.published, "shelves.hcl")
	e.send("textDocument/didSave", 0, map[string]any{"textDocument": map[string]any{"uri": uriOf(shelves)}})
	e.until("shelves.hcl", none)
	for file, d := range e.published {
		if len(d) > 0 {
			t.Errorf("after the rename %s: %+v", file, d)
		}
	}
}

// A broken copy is told of at its places, in files that nobody opened too, and a
// file that does not parse hides nothing.
func TestBroken(t *testing.T) {
	dir := copyOf(t)
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("broken.hcl", "gate \"third\" {\n  driver = nordgate.gate\n  zone   = zone.entrance_nort\n  role   = \"both\"\n  config {\n    wrld = peer.world.address\n  }\n}\n\nzone \"open {\n")
	e := start(t)
	if err := e.ask("initialize", map[string]any{"capabilities": map[string]any{}}, nil); err != nil {
		t.Fatal(err)
	}
	e.open(filepath.Join(dir, "store.hcl"))
	e.until("broken.hcl", func(d []diagnostic) bool {
		codes := map[string]bool{}
		for _, x := range d {
			codes[x.Code] = true
		}
		return codes["unknown_reference"] && codes["unknown_argument"] && codes["syntax"]
	})
	if err := e.ask("textDocument/nothing", nil, nil); err == nil || err.Code != codeNoMethod {
		t.Error(err)
	}
	if err := e.ask("textDocument/hover", []int{1}, nil); err == nil || err.Code != codeInvalidParams {
		t.Error(err)
	}
	e.leave()
}
