package storefile

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// ScopeValue is what something that a wrong expression refers to is.
type ScopeValue struct {
	// Traversal is as written, such as "var.lanes", and Statement goes on from
	// it: `is "4"`.
	Traversal string
	Statement string
}

// maxScopeValues is how many values a problem shows.
const maxScopeValues = 6

// evaluated is what a block's arguments were evaluated with, for problems.
type evaluated struct {
	b     *block
	exprs []withScope
}

type withScope struct {
	expr hclsyntax.Expression
	s    scope
}

// note keeps an expression that refers to something, as long as its block is
// decoded.
func (l *loader) note(b *block, expr hclsyntax.Expression, s scope) {
	if l.last.b != b {
		l.last = evaluated{b: b, exprs: l.last.exprs[:0]}
	}
	l.last.exprs = append(l.last.exprs, withScope{expr, s})
}

// scopeValues gives what the expression around a place refers to.
func (l *loader) scopeValues(b *block, rng hcl.Range) []ScopeValue {
	if b == nil || l.last.b != b {
		return nil
	}
	for i := len(l.last.exprs) - 1; i >= 0; i-- {
		e := l.last.exprs[i]
		at := e.expr.Range()
		if at.Filename != rng.Filename || rng.Start.Byte < at.Start.Byte || rng.End.Byte > at.End.Byte {
			continue
		}
		var out []ScopeValue
		seen := map[string]bool{}
		for _, t := range e.expr.Variables() {
			name, statement := l.state(e.s, t)
			if statement != "" && !seen[name] && len(out) < maxScopeValues {
				seen[name] = true
				out = append(out, ScopeValue{name, statement})
			}
		}
		return out
	}
	return nil
}

// state says what a traversal gives, as far as it can be followed; nothing of
// references, whose value is what is written.
func (l *loader) state(s scope, t hcl.Traversal) (name, statement string) {
	root := t.RootName()
	if _, isBlock := typeOf(root); isBlock && root != blockModule && !(s.plain && isObserved(root)) {
		return "", ""
	}
	v, ok := s.lookup(root)
	if !ok {
		return "", ""
	}
	name = root
	for _, step := range t[1:] {
		key, isKey := stepKey(step)
		if !isKey || v.IsMarked() || !v.IsKnown() || v.IsNull() {
			break
		}
		next, found := within(v, key)
		if !found {
			names, has := l.namesIn(v)
			if !has || names == nil && v.LengthInt() > 0 {
				break
			}
			return name, "has " + listOf(names)
		}
		if _, indexed := step.(hcl.TraverseIndex); indexed {
			name += "[" + strconv.Quote(key) + "]"
		} else {
			name += "." + key
		}
		v = next
	}
	if name == root {
		return "", ""
	}
	return name, statementOf(v)
}

func listOf(names []string) string {
	const most = 8
	if len(names) == 0 {
		return "nothing in it"
	}
	text := strings.Join(names[:min(most, len(names))], ", ")
	if n := len(names) - most; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}

// statementOf describes a value on one line.
func statementOf(v cty.Value) string {
	const longest = 60
	switch {
	case v.ContainsMarked():
		return "is a secret"
	case !v.IsKnown():
		return "is known only when the store runs"
	case v.IsNull():
		return "is null"
	case isReference(v):
		return "is " + v.GetAttr("address").AsString()
	}
	switch ty := v.Type(); {
	case ty == cty.String:
		text := v.AsString()
		return "is " + cut(strconv.Quote(text[:min(len(text), 8*longest)]), longest)
	case ty == cty.Number:
		return "is " + numberText(v)
	case ty == cty.Bool:
		return "is " + strconv.FormatBool(v.True())
	case ty.IsListType(), ty.IsTupleType(), ty.IsSetType():
		return fmt.Sprintf("is a list of %d", v.LengthInt())
	case ty.IsObjectType(), ty.IsMapType():
		var names []string
		for it := v.ElementIterator(); it.Next(); {
			k, _ := it.Element()
			names = append(names, k.AsString())
		}
		return "is an object with " + listOf(names)
	}
	return ""
}
