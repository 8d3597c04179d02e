package storefile

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

const (
	// hidden stands in place of a secret.
	hidden = "(secret)"
	// leastSecret is the shortest text that is looked for, in bytes: shorter ones
	// are in every other word.
	leastSecret = 4
	// secretName is the function that refers to a secret.
	secretName = "secret"
)

// unsecret is a text for people without what sensitive variables hold.
func (l *loader) unsecret(text string) string {
	for _, s := range l.secretTexts {
		if len(s) >= leastSecret {
			text = strings.ReplaceAll(text, s, hidden)
		}
	}
	return text
}

// secretIn says whether what HCL found is about a secret, or something that was
// made of one: functions repeat what they are given in their errors, and know of
// no marks.
func secretIn(d *hcl.Diagnostic) bool {
	if d.Expression == nil || d.EvalContext == nil {
		return false
	}
	for _, t := range d.Expression.Variables() {
		if v, diags := t.TraverseAbs(d.EvalContext); !diags.HasErrors() && v.ContainsMarked() {
			return true
		}
	}
	node, ok := d.Expression.(hclsyntax.Node)
	if !ok {
		return false
	}
	found := false
	_ = hclsyntax.VisitAll(node, func(n hclsyntax.Node) hcl.Diagnostics {
		// What secret says itself names the place of the secret alone.
		call, ok := n.(*hclsyntax.FunctionCallExpr)
		found = found || ok && call.Name == secretName && n != node
		return nil
	})
	return found
}
