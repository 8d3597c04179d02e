package storefile

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/openaisle/aisle/hcl/internal/nearest"
)

// maxSummary is the longest summary.
const maxSummary = 60

// place gives the plain place of a range in any of the files.
func (l *loader) place(rng hcl.Range, context string) Place {
	s := l.sources[rng.Filename]
	if s == nil {
		return Place{Context: context}
	}
	p := s.place(rng)
	p.Context = context
	return p
}

// fail reports an error. What it gives may be completed, until the next report.
func (l *loader) fail(b *block, rng hcl.Range, code, summary, detail string, args ...any) *Problem {
	return l.report(Error, b, rng, code, summary, detail, args...)
}

func (l *loader) warn(b *block, rng hcl.Range, code, summary, detail string, args ...any) *Problem {
	return l.report(Warning, b, rng, code, summary, detail, args...)
}

func (l *loader) report(sev Severity, b *block, rng hcl.Range, code, summary, detail string, args ...any) *Problem {
	l.refused = l.refused || sev == Error
	if len(l.problems) >= maxProblems {
		return l.tooMany(sev)
	}
	context := ""
	if b != nil {
		context = cut(b.context, maxContext)
	}
	if len(args) > 0 {
		detail = fmt.Sprintf(detail, args...)
	}
	l.problems = append(l.problems, Problem{
		Severity: sev, Code: code, Summary: shorten(l.unsecret(summary)), Detail: l.unsecret(detail), Place: l.place(rng, context), Values: l.scopeValues(b, rng),
	})
	return &l.problems[len(l.problems)-1]
}

// full says that as many problems as are told were found, and that the store is
// refused: what else is wrong costs time and nobody hears of it.
func (l *loader) full() bool { return l.refused && len(l.problems) >= maxProblems }

// tooMany counts what is found beyond the most that is told. What it gives may be
// completed and is told to nobody.
func (l *loader) tooMany(sev Severity) *Problem {
	if last := len(l.problems) - 1; l.problems[last].Code != "too_many" {
		l.problems = append(l.problems, Problem{Severity: Warning, Code: "too_many", Summary: "There are more problems",
			Detail: fmt.Sprintf("The first %d are told. Mend them, or what they have in common, and look again.", maxProblems)})
	}
	if last := &l.problems[len(l.problems)-1]; sev == Error {
		last.Severity = Error
	}
	return &Problem{}
}

// maxContext is the longest name of a block.
const maxContext = 100

func shorten(s string) string { return cut(s, maxSummary) }

func cut(s string, longest int) string {
	runes := []rune(s)
	if len(runes) <= longest {
		return s
	}
	return string(runes[:longest-3]) + "..."
}

var didYouMean = regexp.MustCompile(` Did you mean (?:to define a block of type )?"([^"]+)"\?`)

var noFunction = regexp.MustCompile(`^There is no function named "([^"]+)"`)

// codes are the stable words for what HCL itself reports.
var codes = map[string]string{
	"Unsupported argument":                  "unknown_argument",
	"Unsupported block type":                "unknown_block",
	"Missing required argument":             "missing_argument",
	"Call to unknown function":              "unknown_function",
	"Unknown variable":                      "unknown_reference",
	"Unsupported attribute":                 "unknown_reference",
	"Invalid index":                         "unknown_reference",
	"Error in function call":                "function_failed",
	"Invalid function argument":             "function_failed",
	"Attribute redefined":                   "duplicate",
	"Too deeply nested":                     "too_large",
	"Too large a number":                    "too_large",
	"Too many words":                        "too_large",
	"The store is too large":                "too_large",
	"Incorrect attribute value type":        "wrong_type",
	"Inappropriate value for attribute":     "wrong_type",
	"Invalid template interpolation":        "wrong_type",
	"Inconsistent conditional result types": "wrong_type",
}

// restated are summaries of HCL's in the words of the rest.
var restated = map[string]string{
	"Attribute redefined":      "The argument is written twice",
	"Call to unknown function": "There is no such function",
}

// diagnostics takes over what HCL found.
func (l *loader) diagnostics(b *block, diags hcl.Diagnostics, otherwise string) {
	for _, d := range unmetered(diags) {
		rng := hcl.Range{}
		switch {
		case d.Subject != nil:
			rng = *d.Subject
		case d.Context != nil:
			rng = *d.Context
		}
		if overworks(d) {
			l.overworked(b, whole(d, rng))
			continue
		}
		if secretKey(d) {
			l.fail(b, whole(d, rng), "secret", "A secret can't be a key", "Keys are names, which are shown to people and repeated in errors. Make the secret a value.")
			continue
		}
		code, ok := codes[d.Summary]
		if !ok {
			code = otherwise
		}
		detail, suggestion := d.Detail, ""
		if m := didYouMean.FindStringSubmatch(detail); m != nil {
			suggestion = m[1]
			detail = strings.TrimSpace(strings.Replace(detail, m[0], "", 1))
		}
		if code == "function_failed" && secretIn(d) {
			detail = "The function is given a secret, so what is wrong with it is not shown."
		}
		sev := Error
		if d.Severity == hcl.DiagWarning {
			sev = Warning
		}
		if m := noFunction.FindStringSubmatch(detail); m != nil {
			suggestion = nearest.To(m[1], l.functionNames)
		}
		if suggestion == "" && d.Expression != nil && d.EvalContext != nil {
			suggestion = l.suggestStep(d)
		}
		summary := d.Summary
		if better := restated[summary]; better != "" {
			summary = better
		}
		p := l.report(sev, b, rng, code, summary, "%s", detail)
		p.Suggestion = suggestion
	}
}

// suggestStep gives the reference that was meant where HCL followed one into an
// object that doesn't have the attribute.
func (l *loader) suggestStep(d *hcl.Diagnostic) string {
	for _, t := range d.Expression.Variables() {
		s := scope{ctx: d.EvalContext}
		v, ok := s.lookup(t.RootName())
		written := t.RootName()
		for _, step := range t[1:] {
			key, isKey := stepKey(step)
			if !ok || !isKey || v.IsMarked() || !v.IsKnown() || v.IsNull() {
				break
			}
			next, found := within(v, key)
			if !found {
				names, _ := l.namesIn(v)
				if near := nearest.To(key, names); near != "" {
					return written + "." + near
				}
				break
			}
			v, written = next, written+"."+key
		}
	}
	return ""
}
