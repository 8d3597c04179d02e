package storefile

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/openaisle/aisle/hcl/planogram"
)

// codesIn gives the codes of problems that the sources of a folder write.
func codesIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	at := map[string]int{"fail": 2, "warn": 2, "report": 3, "lack": 4, "Problem": 2}
	found := map[string]string{}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal(dir, err)
	}
	set := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			var e ast.Expr
			switch n := n.(type) {
			case *ast.CallExpr:
				if s, ok := n.Fun.(*ast.SelectorExpr); ok && at[s.Sel.Name] > 0 && at[s.Sel.Name] < len(n.Args) {
					e = n.Args[at[s.Sel.Name]]
				}
			case *ast.KeyValueExpr:
				if id, ok := n.Key.(*ast.Ident); ok && id.Name == "Code" {
					e = n.Value
				}
			}
			if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
				code, _ := strconv.Unquote(l.Value)
				found[code] = set.Position(l.Pos()).String()
			}
			return true
		})
	}
	return found
}

// Every code that is written somewhere is explained, and no other.
func TestExplained(t *testing.T) {
	used := codesIn(t, ".")
	for code, at := range codesIn(t, "../../framework/store") {
		used[code] = at
	}
	for _, k := range planogram.Kinds() {
		used[string(k)] = "hcl/planogram"
	}
	for _, code := range codes {
		used[code] = "codes"
	}
	for _, code := range []string{"syntax", "expression", "config", "missing_block"} { // what diagnostics are otherwise
		used[code] = "diagnostics"
	}
	for code, at := range used {
		if _, _, ok := Explain(code); !ok {
			t.Errorf("%s, at %s, is not explained", code, at)
		}
	}
	all := Explanations()
	if !slices.IsSortedFunc(all, func(a, b Explanation) int { return strings.Compare(a.Code, b.Code) }) {
		t.Error("not sorted")
	}
	for _, e := range all {
		if used[e.Code] == "" {
			t.Errorf("%s is explained and never written", e.Code)
		}
		if len(e.Means) < 30 || !strings.HasSuffix(e.Means, ".") {
			t.Errorf("%s: %q", e.Code, e.Means)
		}
	}
	if _, near, ok := Explain("unknown_refrence"); ok || near != "unknown_reference" {
		t.Errorf("near %q", near)
	}
}
