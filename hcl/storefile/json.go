package storefile

import (
	"encoding/json"
)

// jsonFormatVersion is that of Terraform's validate -json, whose shape this is,
// so that editors and CI that read the one read the other.
const jsonFormatVersion = "1.0"

type jsonPosition struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

type jsonRange struct {
	Filename string       `json:"filename"`
	Start    jsonPosition `json:"start"`
	End      jsonPosition `json:"end"`
}

type jsonSnippet struct {
	Context              *string     `json:"context"`
	Code                 string      `json:"code"`
	StartLine            int         `json:"start_line"`
	HighlightStartOffset int         `json:"highlight_start_offset"`
	HighlightEndOffset   int         `json:"highlight_end_offset"`
	Values               []jsonValue `json:"values"`
}

type jsonValue struct {
	Traversal string `json:"traversal"`
	Statement string `json:"statement"`
}

type jsonProblem struct {
	Severity Severity     `json:"severity"`
	Summary  string       `json:"summary"`
	Detail   string       `json:"detail"`
	Range    *jsonRange   `json:"range,omitempty"`
	Snippet  *jsonSnippet `json:"snippet,omitempty"`
	// Beyond Terraform's.
	Code       string `json:"code"`
	Suggestion string `json:"suggestion,omitempty"`
}

type jsonProblems struct {
	FormatVersion string        `json:"format_version"`
	Valid         bool          `json:"valid"`
	ErrorCount    int           `json:"error_count"`
	WarningCount  int           `json:"warning_count"`
	Diagnostics   []jsonProblem `json:"diagnostics"`
}

// MarshalJSON writes one object in the shape of terraform validate -json, with
// code and suggestion added to each diagnostic.
func (ps Problems) MarshalJSON() ([]byte, error) {
	errs, warnings := ps.Count()
	out := jsonProblems{
		FormatVersion: jsonFormatVersion, Valid: errs == 0, ErrorCount: errs, WarningCount: warnings,
		Diagnostics: make([]jsonProblem, 0, len(ps)),
	}
	for _, p := range ps {
		out.Diagnostics = append(out.Diagnostics, p.json())
	}
	return json.Marshal(out)
}

func (p Problem) json() jsonProblem {
	out := jsonProblem{Severity: p.Severity, Summary: p.Summary, Detail: p.Detail, Code: p.Code, Suggestion: p.Suggestion}
	if p.File == "" {
		return out
	}
	out.Range = &jsonRange{
		Filename: p.File,
		Start:    jsonPosition{Line: p.Line, Column: p.Column, Byte: p.StartByte},
		End:      jsonPosition{Line: p.EndLine, Column: p.EndColumn, Byte: p.EndByte},
	}
	from := byteOffset(p.Snippet, p.Column)
	to := len(p.Snippet)
	if p.EndLine == p.Line {
		to = max(from, byteOffset(p.Snippet, p.EndColumn))
	}
	out.Snippet = &jsonSnippet{
		Code: p.Snippet, StartLine: p.Line, HighlightStartOffset: from, HighlightEndOffset: to, Values: []jsonValue{},
	}
	for _, v := range p.Values {
		out.Snippet.Values = append(out.Snippet.Values, jsonValue(v))
	}
	if p.Context != "" {
		context := p.Context
		out.Snippet.Context = &context
	}
	return out
}

// byteOffset gives where a column, counted from 1, begins in a line.
func byteOffset(line string, column int) int {
	n := 1
	for i := range line {
		if n == column {
			return i
		}
		n++
	}
	return len(line)
}
