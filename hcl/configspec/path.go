package configspec

import (
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Range gives the place of an attribute path in a block: the attribute's value,
// or the nearest block around it where it isn't written. Paths are those of
// package config: "addr", "lane[0].port", `labels["x"]`.
func Range(body *hclsyntax.Body, path string) hcl.Range {
	found, _ := locate(body, path)
	return found
}

// locate is Range, and whether what the path names is written.
func locate(body *hclsyntax.Body, path string) (found hcl.Range, written bool) {
	found = body.MissingItemRange()
	for path != "" {
		var step string
		step, path, _ = strings.Cut(path, ".")
		name, index, indexed := strings.Cut(step, "[")
		if a, ok := body.Attributes[name]; ok {
			return a.Expr.Range(), true
		}
		n := 0
		if indexed {
			var err error
			if n, err = strconv.Atoi(strings.TrimSuffix(index, "]")); err != nil {
				return found, false
			}
		}
		b := nth(body, name, n)
		if b == nil {
			return found, false
		}
		body, found = b.Body, b.DefRange()
	}
	return found, true
}

// inner gives the body of the block at a path.
func inner(body *hclsyntax.Body, path string) (*hclsyntax.Body, bool) {
	for path != "" {
		var step string
		step, path, _ = strings.Cut(path, ".")
		name, index, _ := strings.Cut(step, "[")
		n, _ := strconv.Atoi(strings.TrimSuffix(index, "]")) // without one it is the first
		b := nth(body, name, n)
		if b == nil {
			return nil, false
		}
		body = b.Body
	}
	return body, true
}

func nth(body *hclsyntax.Body, name string, n int) *hclsyntax.Block {
	for _, b := range body.Blocks {
		if b.Type != name {
			continue
		}
		if n == 0 {
			return b
		}
		n--
	}
	return nil
}
