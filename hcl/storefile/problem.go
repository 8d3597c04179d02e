package storefile

import (
	"cmp"
	"fmt"
	"slices"
)

// Severity says whether a problem keeps the store from running.
type Severity string

// The severities.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Place is a part of a store file. Lines and columns count from 1; columns
// count characters as an editor does. File is relative to the store's folder
// and empty where a problem has no place, such as a flag's.
type Place struct {
	File      string
	Line      int
	Column    int
	EndLine   int
	EndColumn int
	// StartByte and EndByte are offsets into the file.
	StartByte int
	EndByte   int
	// Context names the block, such as `gate "north"`.
	Context string
	// Snippet is the first line of the place, without its line end.
	Snippet string
}

// String gives file:line:column, for a log.
func (p Place) String() string {
	if p.File == "" {
		return "(no place)"
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Problem is one thing wrong with a store file.
type Problem struct {
	Severity Severity
	// Code is the kind of problem in one stable word, such as
	// "unknown_reference".
	Code string
	// Summary is one line of at most 60 characters.
	Summary string
	// Detail says why and what to do.
	Detail string
	// Suggestion is what was probably meant, ready to be written in place of
	// what was; empty where nothing is near.
	Suggestion string
	// Values are what the wrong expression refers to.
	Values []ScopeValue
	Place
}

// in moves a problem to a place, if there is one.
func (p *Problem) in(at *Place) {
	if at != nil {
		p.Place = *at
	}
}

// String gives the problem on one line, for a log.
func (p Problem) String() string {
	text := p.Summary
	if p.File != "" {
		text = p.Place.String() + ": " + text
	}
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	return text
}

// Problems is all that is wrong, in the order of files and lines.
type Problems []Problem

// HasErrors says whether one of the problems keeps the store from running.
func (ps Problems) HasErrors() bool {
	return slices.ContainsFunc(ps, func(p Problem) bool { return p.Severity == Error })
}

// Count gives how many errors and warnings there are.
func (ps Problems) Count() (errs, warnings int) {
	for _, p := range ps {
		if p.Severity == Error {
			errs++
		} else {
			warnings++
		}
	}
	return errs, warnings
}

// Err gives the problems as one error, or nil if none is an error.
func (ps Problems) Err() error {
	if !ps.HasErrors() {
		return nil
	}
	return problemsError(ps)
}

type problemsError Problems

func (e problemsError) Error() string {
	errs, _ := Problems(e).Count()
	for _, p := range e {
		if p.Severity != Error {
			continue
		}
		if errs == 1 {
			return p.String()
		}
		return fmt.Sprintf("%s (and %d more)", p.String(), errs-1)
	}
	return "no errors"
}

// sorted orders by place and drops what is said twice: of the instances of a
// for_each, which share a place, the first says it for all.
func (ps Problems) sorted() Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Code, b.Code), cmp.Compare(a.Summary, b.Summary), cmp.Compare(a.Detail, b.Detail))
	})
	return slices.CompactFunc(ps, func(a, b Problem) bool {
		return a.File == b.File && a.StartByte == b.StartByte && a.EndByte == b.EndByte && a.Code == b.Code && a.Summary == b.Summary && (a.Detail == b.Detail || a.File != "" && a.EndByte > a.StartByte && a.Code == "unknown_reference")
	})
}

// Sort orders problems by place.
func (ps Problems) Sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
