package storefile

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// MaxPrinted is the most problems that Print shows one by one.
const MaxPrinted = 100

// The escapes of Print with colour.
const (
	bold   = "\x1b[1m"
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	cyan   = "\x1b[36m"
	reset  = "\x1b[0m"
)

const printWidth = 78

// Print writes problems for a person: what, where with the line and a caret
// under the place, why, what to do, and what was probably meant. What is wrong
// in the same words at several places is written once, with how many more there
// are.
func Print(w io.Writer, ps Problems, color bool) error {
	paint := func(style, s string) string {
		if !color {
			return s
		}
		return style + s + reset
	}
	var b strings.Builder
	groups := grouped(ps)
	shown := 0
	for i, g := range groups {
		if i == MaxPrinted {
			fmt.Fprintf(&b, "... and %d more.\n\n", len(ps)-shown)
			break
		}
		g[0].writeTo(&b, paint, g[1:])
		shown += len(g)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// grouped puts problems of the same words together, in the order of the first
// of each.
func grouped(ps Problems) []Problems {
	var groups []Problems
	type words struct {
		severity                          Severity
		code, summary, detail, suggestion string
		values                            string
	}
	at := map[words]int{}
	for _, p := range ps {
		said := words{p.Severity, p.Code, p.Summary, p.Detail, p.Suggestion, fmt.Sprint(p.Values)}
		if i, ok := at[said]; ok && p.File != "" {
			groups[i] = append(groups[i], p)
			continue
		}
		at[said] = len(groups)
		groups = append(groups, Problems{p})
	}
	return groups
}

func (p Problem) writeTo(b *strings.Builder, paint func(style, s string) string, same Problems) {
	word, style := "Error: ", bold+red
	if p.Severity == Warning {
		word, style = "Warning: ", bold+yellow
	}
	fmt.Fprintf(b, "%s%s\n", paint(style, word), paint(bold, p.Summary))
	if p.File == "" {
		fmt.Fprintf(b, "  (%s)\n", p.Code)
	} else {
		where := fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
		if p.Context != "" {
			where += ", in " + p.Context
		}
		where += " (" + p.Code + ")"
		number := fmt.Sprintf("%4d", p.Line)
		line, caret := p.excerpt()
		fmt.Fprintf(b, "  %s %s\n", paint(cyan, "at"), where)
		fmt.Fprintf(b, "  %s %s\n", paint(cyan, number+" |"), line)
		fmt.Fprintf(b, "  %s %s\n", paint(cyan, strings.Repeat(" ", len(number))+" |"), paint(style, caret))
	}
	for _, v := range p.Values {
		fmt.Fprintf(b, "  %s %s %s\n", paint(cyan, strings.Repeat(" ", 4)+" |"), v.Traversal, strings.Map(printable, v.Statement))
	}
	for _, line := range wrap(p.Detail, printWidth) {
		fmt.Fprintf(b, "  %s\n", line)
	}
	if p.Suggestion != "" {
		fmt.Fprintf(b, "  Did you mean %s?\n", paint(bold, p.Suggestion))
	}
	switch len(same) {
	case 0:
	case 1:
		fmt.Fprintf(b, "  And 1 more place: %s.\n", same[0].Place)
	default:
		fmt.Fprintf(b, "  And %d more places, the next at %s.\n", len(same), same[0].Place)
	}
	b.WriteString("\n")
}

// excerpt gives the line with tabs as blanks and carets under the place. A long
// line is cut to what is around the place.
func (p Problem) excerpt() (line, caret string) {
	const longest, before = 110, 40
	runes := []rune(strings.Map(printable, p.Snippet))
	from := min(max(p.Column-1, 0), len(runes))
	to := len(runes)
	if p.EndLine == p.Line {
		to = min(max(p.EndColumn-1, from), len(runes))
	}
	if len(runes) > longest {
		start := max(0, from-before)
		end := min(len(runes), start+longest)
		runes = runes[start:end]
		from, to = from-start, min(to-start, len(runes))
	}
	return string(runes), strings.Repeat(" ", from) + "^" + strings.Repeat("~", max(0, to-from-1))
}

// printable keeps a hostile file from writing escapes to a terminal.
func printable(r rune) rune {
	switch {
	case r == '\t':
		return ' '
	case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == utf8.RuneError:
		return '?'
	}
	return r
}

// wrap breaks text at blanks into lines of at most width characters; a line
// break in the text stays one, and an indented line as it is.
func wrap(text string, width int) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		paragraph = strings.Map(printable, paragraph)
		if strings.HasPrefix(paragraph, "  ") { // code to be copied
			lines = append(lines, strings.TrimRight(paragraph, " "))
			continue
		}
		line, n := "", 0
		for word := range strings.FieldsSeq(paragraph) {
			size := utf8.RuneCountInString(word)
			if n > 0 && n+1+size > width {
				lines = append(lines, line)
				line, n = "", 0
			}
			if n > 0 {
				line, n = line+" ", n+1
			}
			line, n = line+word, n+size
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}
