package language

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Hover is what is said of a place.
type Hover struct {
	Markdown string
	Place    Place
}

// maxShown is how many lines of a declaration are shown.
const maxShown = 14

// Hover says what stands at an offset: the declaration of what is referred to
// or declared there, or else the language's own words.
func (f *Folder) Hover(ctx context.Context, name string, offset int) (h Hover, ok bool, err error) {
	of := f.files[name]
	if of == nil {
		return Hover{}, false, nil
	}
	if kind, called, label, known := f.at(name, offset); known {
		if text := f.about(kind, called); text != "" {
			return Hover{text, label}, true, nil
		}
	}
	defer recovered(&err)
	d, err := f.decoder(of, offset)
	if err != nil {
		return Hover{}, false, err
	}
	data, err := d.HoverAtPos(ctx, name, of.position(offset))
	if err != nil || data == nil {
		return Hover{}, false, nil //nolint:nilerr // nothing is known of that place
	}
	return Hover{data.Content.Value, place(data.Range)}, true, nil
}

// about says what a declared thing is: its block's words and its source.
func (f *Folder) about(kind, name string) string {
	declared := f.declared(kind, name)
	if len(declared) == 0 {
		return ""
	}
	s := declared[0]
	var b strings.Builder
	fmt.Fprintf(&b, "**%s** `%s`\n\n", kind, name)
	if s.block != nil {
		if said := text(s.block.Body.Attributes["description"]); said != "" {
			b.WriteString(said + "\n\n")
		}
	}
	if d, ok := describe(kind); ok {
		b.WriteString(d.Doc + "\n\n")
	}
	lines := strings.Split(strings.TrimRight(string(slice(f.files[s.whole.File], s.whole)), "\n"), "\n")
	if len(lines) > maxShown {
		lines = append(lines[:maxShown], "# ...")
	}
	fmt.Fprintf(&b, "```hcl\n%s\n```", strings.Join(lines, "\n"))
	return b.String()
}

func parseTraversal(address string) (hcl.Traversal, hcl.Diagnostics) {
	return hclsyntax.ParseTraversalAbs([]byte(address), "", hcl.InitialPos)
}
