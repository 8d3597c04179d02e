package core_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/core/settlement"
	"github.com/openaisle/aisle/framework/event"
)

var rewrite = flag.Bool("rewrite", false, "write what the stories say today into testdata")

// TestStories runs the stories in testdata: a command a line, then ---- and
// what the core stated. Every step is also checked for what must hold always:
// the state folded from facts equals the one that decided, and a record
// survives its encoding.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			n := newNarrator(t)
			n.remembers = true
			got := tell(n, string(want))
			n.unchanged()
			if *rewrite {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
				t.Errorf("the story went another way (-want +got); see with -rewrite:\n%s", d)
			}
		})
	}
}

// TestStoriesAcrossRestarts tells the same stories to a host that starts again
// after every step, from the snapshot that it took: nothing may go another way.
func TestStoriesAcrossRestarts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			n := newNarrator(t)
			n.restarts = true
			if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(tell(n, string(want)), "\n")); d != "" {
				t.Errorf("the story goes another way where the host starts again from its snapshot (-want +got):\n%s", d)
			}
		})
	}
}

// tell runs a story and returns it with what happened.
func tell(n *narrator, script string) string {
	var out strings.Builder
	skip := false
	for _, line := range strings.Split(strings.TrimRight(script, "\n"), "\n") {
		switch {
		case line == "----":
			skip = true
		case strings.TrimSpace(line) == "":
			skip = false
			out.WriteString("\n")
		case skip:
		case strings.HasPrefix(line, "#"):
			out.WriteString(line + "\n")
		default:
			out.WriteString(line + "\n----\n" + n.do(line))
		}
	}
	return out.String()
}

// step takes in an input and says what followed, checking what always holds.
func (n *narrator) step(in event.Input) string {
	facts := core.Step(n.state, n.now, in)
	n.listsHold()
	back := n.readBack(event.Record{Input: in, Facts: facts})
	for _, f := range back.Facts { // as a host does that starts again
		n.shadow.Apply(f)
	}
	decided, err := n.state.Encode()
	if err != nil {
		n.t.Fatal(err)
	}
	folded, err := n.shadow.Encode()
	if err != nil {
		n.t.Fatal(err)
	}
	if !bytes.Equal(decided, folded) {
		n.t.Fatalf("after %T the folded state is another:\n%s", in, cmp.Diff(string(decided), string(folded)))
	}
	if s := n.survives(decided); n.restarts {
		n.state = s
	}
	return n.render(facts)
}

// readBack checks that a record comes back from its encoding, and gives what came
// back. Receipts are compared by value too: no state keeps them, and a replay
// compares them.
func (n *narrator) readBack(r event.Record) event.Record {
	body, err := event.EncodeRecord(r)
	if err != nil {
		n.t.Fatal(err)
	}
	back, err := event.DecodeRecord(body)
	if err != nil {
		n.t.Fatalf("%v: %s", err, body)
	}
	again, err := event.EncodeRecord(back)
	if err != nil || !bytes.Equal(body, again) {
		n.t.Fatalf("a record changed in its encoding (%v):\n%s\n%s", err, body, again)
	}
	if n.remembers {
		n.told = append(n.told, told{r, body})
	}
	for i, f := range r.Facts {
		if f, ok := f.(event.ReceiptIssued); ok && !reflect.DeepEqual(f.Receipt.Lines, back.Facts[i].(event.ReceiptIssued).Receipt.Lines) {
			n.t.Fatalf("a receipt changed in its encoding: %s", cmp.Diff(f, back.Facts[i]))
		}
	}
	return back
}

// unchanged checks that no later step changed anything of a record: whoever writes
// it does so while the core steps on.
func (n *narrator) unchanged() {
	for i := range n.told {
		if b, err := event.EncodeRecord(n.told[i].record); err != nil || !bytes.Equal(b, n.told[i].body) {
			n.t.Errorf("a record was changed by a later step (%v): %s", err, cmp.Diff(string(n.told[i].body), string(b)))
		}
	}
}

// survives checks that the state comes back from its encoding.
func (n *narrator) survives(state []byte) *core.State {
	s, err := core.Decode(state)
	if err != nil {
		n.t.Fatal(err)
	}
	was, waits := n.state.Wake()
	if wake, ok := s.Wake(); ok != waits || !wake.Equal(was) { // what is derived comes back too
		n.t.Fatalf("a state that was decoded wakes at %s (%v), and not at %s (%v)", wake, ok, was, waits)
	}
	for _, index := range []string{"owners", "noticed", "undone"} {
		if d := cmp.Diff(entries(n.state.Settlement, index), entries(s.Settlement, index)); d != "" {
			n.t.Fatalf("a state that was decoded has other %s (-live +decoded):\n%s", index, d)
		}
	}
	if b, err := s.Encode(); err != nil || !bytes.Equal(b, state) {
		n.t.Fatalf("the state changed in its encoding (%v): %s", err, cmp.Diff(string(state), string(b)))
	}
	return s
}

// entries are the names in an index of settlement, which nobody else can look into;
// but for the references of stories, which are the same for all visits.
func entries(s *settlement.State, index string) map[string]bool {
	m := map[string]bool{}
	for name := range reflect.ValueOf(s).Elem().FieldByName(index).Seq() {
		if !strings.HasPrefix(name.String(), "ref-") {
			m[name.String()] = true
		}
	}
	return m
}

func (n *narrator) fail(line string, err error) {
	n.t.Helper()
	n.t.Fatal(fmt.Errorf("%s: %w", line, err))
}
