package zoo

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the list of animals into the README")

// The list stands between two comments of the supervisor's README.
const (
	readmePath = "../README.md"
	listBegins = "<!-- zoo: written by go test ./framework/supervisor/zoo -run TestReadme -update -->\n"
	listEnds   = "<!-- end of zoo -->"
)

// TestReadme looks that the README lists the zoo as it is.
func TestReadme(t *testing.T) {
	b, err := os.ReadFile(readmePath)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(b), listBegins)
	old, after, ok2 := strings.Cut(rest, listEnds)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the list", readmePath)
	}
	list := readmeList()
	if list == old {
		return
	}
	if !*update {
		t.Fatalf("%s does not list the zoo as it is; run go test ./framework/supervisor/zoo -run TestReadme -update", readmePath)
	}
	if err := os.WriteFile(readmePath, []byte(before+listBegins+list+listEnds+after), 0o600); err != nil {
		t.Fatal(err)
	}
}

// readmeList is the list of all animals by group, each with what becomes of it.
func readmeList() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%d animals, %d of them in Python.\n\n", len(All()), len(pythons))
	for _, g := range []struct {
		name    string
		animals []Animal
	}{
		{"starts", starts}, {"crashes", crashes}, {"hangs", hangs}, {"forks", forks}, {"floods", floods}, {"forgeries", forgeries},
		{"messages", messages}, {"answers", answers}, {"eaters", eaters}, {"in Python", pythons},
	} {
		var all []string
		for _, a := range g.animals {
			all = append(all, strings.TrimPrefix(a.Name, "python: ")+" ("+a.becomes()+")")
		}
		fmt.Fprintf(&b, "- **%s**: %s\n", g.name, strings.Join(all, "; "))
	}
	return b.String() + "\n"
}

// becomes says in a word what becomes of an animal.
func (a Animal) becomes() string {
	switch {
	case a.Refused != "":
		return string(a.Refused)
	case a.State != "":
		return string(a.State)
	case a.Lost > 0:
		return "stated as lost"
	case a.Foreign:
		return "dropped and counted"
	case a.Asks && a.Answer[0] != 0:
		return "answer " + a.Answer[0].String()
	}
	return "held"
}
