package storefile

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// maxNesting is how deep brackets, operators and templates may nest in a file.
// The parser recurses, and a stack can't be recovered once it is full.
const maxNesting = 200

// maxControls is how many template controls (%{ if }) a file may hold, for they
// nest without brackets.
const maxControls = 10_000

// source is one file.
type source struct {
	name  string
	src   []byte
	body  *hclsyntax.Body
	diags hcl.Diagnostics
	// broken are the type and label of blocks that didn't parse, so that what
	// refers to them isn't reported too.
	broken [][2]string
}

// parse parses a file. In a file with a syntax error each top-level block is
// parsed on its own, so that one broken block doesn't hide the rest.
func parse(name string, src []byte) *source {
	s := &source{name: name, src: src}
	if wordsIn(src) > MaxWords {
		return s.refused(hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}, "Too many words",
			fmt.Sprintf("The file has more than %d words and signs, or a line of more than %d KiB. Divide it into several; a large catalogue or planogram is read from a CSV file.", MaxWords, maxLine>>10))
	}
	if rng, deep := tooDeep(name, src); deep {
		return s.refused(rng, "Too deeply nested", "Brackets, operators or templates nest more than 200 deep here. Split the expression with locals.")
	}
	if rng, large := tooLarge(name, src); large {
		return s.refused(rng, "Too large a number", "It has a thousand digits, or an exponent of more than three. Nothing in a store is so large or so small.")
	}
	file, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	if body, ok := file.Body.(*hclsyntax.Body); ok && readable(diags) {
		s.body, s.diags = body, diags
	} else {
		s.parseChunks(diags)
	}
	if bytes.ContainsAny(src, "([*") || bytes.Contains(src, []byte("${")) || bytes.Contains(src, []byte("for")) {
		metered("", s.body)
	}
	return s
}

// tooMuch refuses the file with which a store is too large.
func (s *source) tooMuch() *source {
	return s.refused(hcl.Range{Filename: s.name, Start: hcl.InitialPos, End: hcl.InitialPos}, "The store is too large",
		fmt.Sprintf("With this file its %s files have more than %d words and signs, or %d MiB, in all. This one and those after it are not read. A large catalogue or planogram is read from a CSV file.",
			Extension, MaxStoreWords, MaxStoreBytes>>20))
}

func (s *source) refused(rng hcl.Range, summary, detail string) *source {
	s.body = &hclsyntax.Body{}
	s.diags = hcl.Diagnostics{{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: &rng}}
	return s
}

// exponent finds numbers of which the decimal form may fill the memory: the
// parser keeps 1e99999999 exactly, and writing it out takes minutes.
var exponent = regexp.MustCompile(`[0-9.][eE][+-]?[0-9]{4,}|[0-9]{1000}`)

// tooLarge says where a number has such an exponent.
func tooLarge(name string, src []byte) (hcl.Range, bool) {
	if !mayBeLarge(src) {
		return hcl.Range{}, false
	}
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos)
	for _, t := range tokens {
		if t.Type == hclsyntax.TokenNumberLit && exponent.Match(t.Bytes) {
			return t.Range, true
		}
	}
	return hcl.Range{}, false
}

// mayBeLarge says whether a file could have such a number: a digit, an e and
// more digits. It errs only towards yes and is quicker than the expression.
func mayBeLarge(src []byte) bool {
	digits := 0
	for _, c := range src {
		if digits++; c < '0' || c > '9' {
			digits = 0
		}
		if digits >= 1000 {
			return true
		}
	}
	for i := 1; i < len(src)-4; i++ {
		if src[i]|0x20 == 'e' && (src[i-1] >= '0' && src[i-1] <= '9' || src[i-1] == '.') && exponent.Match(src[i-1:min(i+8, len(src))]) {
			return true
		}
	}
	return false
}

// readable says whether a file can be gone on with: of an argument that is there
// twice the first is read.
func readable(diags hcl.Diagnostics) bool {
	return !slices.ContainsFunc(diags, func(d *hcl.Diagnostic) bool {
		return d.Severity == hcl.DiagError && d.Summary != "Attribute redefined"
	})
}

var blockHeader = regexp.MustCompile(`^([a-z_]+)(?:[ \t]+"([^"\n]*)")?[ \t]*\{?`)

// parseChunks parses the top-level blocks one by one, of a file with these
// diagnostics as a whole.
func (s *source) parseChunks(whole hcl.Diagnostics) {
	s.body = &hclsyntax.Body{
		Attributes: hclsyntax.Attributes{},
		SrcRange:   hcl.Range{Filename: s.name, Start: hcl.InitialPos, End: hcl.InitialPos},
		EndRange:   hcl.Range{Filename: s.name, Start: hcl.InitialPos, End: hcl.InitialPos},
	}
	parts := chunks(s.src)
	if len(parts) == 1 {
		s.diags, s.broken = unclosed(whole), s.brokenIn(parts[0])
		return
	}
	for _, c := range parts {
		if len(s.diags) > maxProblems { // the rest is told to nobody
			s.broken = append(s.broken, s.brokenIn(c)...)
			continue
		}
		file, diags := hclsyntax.ParseConfig(s.src[c.from:c.to], s.name, hcl.Pos{Line: c.line, Column: 1, Byte: c.from})
		s.diags = append(s.diags, unclosed(diags)...)
		body, ok := file.Body.(*hclsyntax.Body)
		if !readable(diags) || !ok {
			s.broken = append(s.broken, s.brokenIn(c)...)
			continue
		}
		s.body.Blocks = append(s.body.Blocks, body.Blocks...)
		for name, a := range body.Attributes {
			s.body.Attributes[name] = a
		}
	}
	if len(s.diags) == 0 { // broken only as a whole
		s.diags = whole
	}
}

// brokenIn gives the type and label of the block in a chunk.
func (s *source) brokenIn(c chunk) [][2]string {
	if m := blockHeader.FindSubmatch(s.src[c.from:c.to]); m != nil {
		return [][2]string{{string(m[1]), string(m[2])}}
	}
	return nil
}

// unclosed keeps of the diagnostics of a block in which a string isn't closed
// the first alone: what follows is read as text up to the next quote.
func unclosed(diags hcl.Diagnostics) hcl.Diagnostics {
	at := slices.IndexFunc(diags, func(d *hcl.Diagnostic) bool { return d.Summary == "Invalid multi-line string" })
	if at < 0 {
		return diags
	}
	first := *diags[at]
	first.Summary, first.Detail = "The text is not closed", `A quotation mark is missing on this line. Text ends on the line on which it begins.`
	return append(slices.Clone(diags[:at]), &first)
}

type chunk struct{ from, to, line int }

// chunks cuts a file before every line that begins with a letter: in a file
// laid out as aisle fmt does, these are its top-level blocks.
func chunks(src []byte) []chunk {
	var out []chunk
	current := chunk{line: 1}
	for at, line := 0, 1; at < len(src); line++ {
		if c := src[at]; (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') && at > current.from {
			current.to = at
			out = append(out, current)
			current = chunk{from: at, line: line}
		}
		next := bytes.IndexByte(src[at:], '\n')
		if next < 0 {
			break
		}
		at += next + 1
	}
	current.to = len(src)
	return append(out, current)
}

// tooDeep says where a file nests more than maxNesting deep. Counting bytes is
// cheap and says no for nearly every file; only where it can't is the file cut
// into tokens.
func tooDeep(name string, src []byte) (hcl.Range, bool) {
	if !mayNest(src) {
		return hcl.Range{}, false
	}
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos)
	depth, operators, controls := 0, 0, 0
	var open []int // operators outside each bracket that is open
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOParen, hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc,
			hclsyntax.TokenTemplateInterp:
			depth++
			open = append(open, operators)
		case hclsyntax.TokenCParen, hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc,
			hclsyntax.TokenTemplateSeqEnd:
			depth--
			if n := len(open) - 1; n >= 0 {
				operators, open = open[n], open[:n]
			}
		case hclsyntax.TokenTemplateControl:
			controls++
			depth++
			open = append(open, operators)
		case hclsyntax.TokenBang, hclsyntax.TokenMinus, hclsyntax.TokenQuestion:
			operators++
		case hclsyntax.TokenComma:
			operators = outer(open)
		case hclsyntax.TokenNewline:
			if depth <= 1 { // an argument of a block ends
				operators = 0
			}
		default:
		}
		if depth+operators > maxNesting || controls > maxControls {
			return t.Range, true
		}
	}
	return hcl.Range{}, false
}

func outer(open []int) int {
	if len(open) == 0 {
		return 0
	}
	return open[len(open)-1]
}

// mayNest says whether a file could nest too deep. It errs only towards yes.
func mayNest(src []byte) bool {
	depth, run, questions, controls := 0, 0, 0, 0
	for _, c := range src {
		switch c {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth = max(0, depth-1)
		case '!', '-':
			run++
		case '?':
			questions++
		case '%':
			controls++
		case ' ', '\t', '\r', '\n':
			continue
		default:
			run = 0
			continue
		}
		if depth+run+questions > maxNesting/2 || controls > maxControls {
			return true
		}
	}
	return false
}

// place gives the plain place of a range.
func (s *source) place(rng hcl.Range) Place {
	if at := bytes.TrimRight(s.src, "\r\n"); rng.Start.Byte > len(at) { // the end of the file is that of its last line
		rng.Start = hcl.Pos{Line: 1 + bytes.Count(at, []byte("\n")), Byte: len(at)}
		rng.End = rng.Start
	}
	from, to := clamp(rng.Start.Byte, 0, len(s.src)), clamp(rng.End.Byte, 0, len(s.src))
	begin := bytes.LastIndexByte(s.src[:from], '\n') + 1
	end := len(s.src)
	if n := bytes.IndexByte(s.src[from:], '\n'); n >= 0 {
		end = from + n
	}
	endLine := bytes.LastIndexByte(s.src[:to], '\n') + 1
	return Place{
		File: s.name, Line: max(rng.Start.Line, 1), Column: 1 + utf8.RuneCount(s.src[begin:from]),
		EndLine: max(rng.End.Line, rng.Start.Line, 1), EndColumn: 1 + utf8.RuneCount(s.src[min(endLine, to):to]),
		StartByte: from, EndByte: to,
		Snippet: string(bytes.ToValidUTF8(bytes.TrimRight(s.src[begin:end], "\r\n"), []byte("?"))),
	}
}

func clamp(n, low, high int) int { return min(max(n, low), high) }
