package configspec

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/openaisle/aisle/hcl/internal/nearest"
	"github.com/openaisle/aisle/sdk/config"
)

// Problem is one thing wrong with a value, at the place where it is written.
type Problem struct {
	// Path is the attribute's path in the block, such as "lane[0].port".
	Path    string
	Message string
	// Suggestion is what was probably meant, or "".
	Suggestion string
	// Missing says what isn't written; nil where something wrong is.
	Missing *Missing
	Range   hcl.Range
}

// Result is a decoded config block.
type Result struct {
	// JSON is the plugin's document with the defaults filled in; nil where
	// there are problems or something in it is known only when the store runs.
	JSON []byte
	// Unknown are the paths of what is known only when the store runs, sorted.
	Unknown []string
	// Secrets are the texts of what was made of secrets, as the plugin gets them:
	// whoever redacts knows them as they were.
	Secrets []string
	// Unexpected is what the schema doesn't know.
	Unexpected []Unexpected
	// Diagnostics are what else HCL found: syntax, types.
	Diagnostics hcl.Diagnostics
	// Problems are what the schema found: units, bounds, choices, what is
	// missing, secrets in the open.
	Problems []Problem
}

// Decode checks a block and gives the plugin's document. The error is for a
// schema that isn't valid; what is wrong with the block is in the result.
func Decode(body *hclsyntax.Body, s config.Schema, ctx *hcl.EvalContext) (Result, error) {
	spec, err := Spec(s)
	if err != nil {
		return Result{}, err
	}
	value, diags := hcldec.Decode(body, spec, ctx)
	r := Result{Unexpected: unexpected(body, s, "")}
	r.Diagnostics = others(diags, r.Unexpected)
	c := converter{body: body}
	document := c.object("", s, value)
	r.Problems, r.Unknown, r.Secrets = c.problems, c.unknown, c.secrets
	doc, err := json.Marshal(document)
	if err != nil {
		return Result{}, err // can't be: the document holds only what JSON has
	}
	for _, p := range s.Check(doc) {
		if !c.settled(p.Path) {
			r.Problems = append(r.Problems, c.schemaProblem(s, p))
		}
	}
	slices.Sort(r.Unknown)
	if !r.Diagnostics.HasErrors() && len(r.Unexpected) == 0 && len(r.Problems) == 0 && len(r.Unknown) == 0 {
		r.JSON = doc
	}
	return r, nil
}

func (c *converter) schemaProblem(s config.Schema, p config.Problem) Problem {
	out := Problem{Path: p.Path, Message: p.Message, Range: Range(c.body, p.Path), Missing: missing(c.body, s, p.Path)}
	a, ok := find(s, p.Path)
	if !ok || a.Sensitive || len(a.OneOf) == 0 {
		return out
	}
	if text, ok := c.texts[p.Path]; ok {
		if near := nearest.To(text, a.OneOf); near != "" {
			out.Suggestion = `"` + near + `"`
		}
	}
	return out
}

// find gives the attribute at a path.
func find(s config.Schema, path string) (config.Attribute, bool) {
	s, name, ok := around(s, path)
	if !ok {
		return config.Attribute{}, false
	}
	return s.Attribute(name)
}

// findBlock gives the block type at a path.
func findBlock(s config.Schema, path string) (config.Block, bool) {
	s, name, ok := around(s, path)
	if !ok {
		return config.Block{}, false
	}
	return s.Block(name)
}

// around gives the schema that a path's last step is in, and that step's name.
func around(s config.Schema, path string) (config.Schema, string, bool) {
	head, rest, nested := strings.Cut(path, ".")
	head, _, _ = strings.Cut(head, "[")
	if !nested {
		return s, head, true
	}
	b, ok := s.Block(head)
	if !ok {
		return config.Schema{}, "", false
	}
	return around(b.Schema, rest)
}
