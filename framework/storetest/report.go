package storetest

import (
	"encoding/json"
	"time"

	"github.com/openaisle/aisle/hcl/storefile"
)

// Status is how a run ended.
type Status string

// The statuses.
const (
	StatusPass Status = "pass"
	// StatusFail: an assert does not hold, or the store is not refused as expected.
	StatusFail Status = "fail"
	// StatusError: the run could not be run to its end.
	StatusError Status = "error"
)

// Line is a sentence of what happened.
type Line struct {
	// After is the time since the run began.
	After time.Duration `json:"after_ns"`
	Text  string        `json:"text"`
	Tone  string        `json:"tone"`
	Visit string        `json:"visit,omitempty"`
}

// Result is how one run went.
type Result struct {
	Name   string
	File   string
	Place  storefile.Place
	Status Status
	// Problems are what is wrong, each at its line, and warnings.
	Problems storefile.Problems
	// Story is what happened, oldest first.
	Story []Line
	// Took is how long it took, Lasted how long it was for the store.
	Took, Lasted time.Duration
}

// Report is how all runs went, in the order of files and lines.
type Report struct {
	Dir     string
	Results []Result
	// Problems are those of the test files themselves.
	Problems storefile.Problems

	Passed, Failed, Errors, Skipped int
}

func (r *Report) count(s Status) {
	switch s {
	case StatusPass:
		r.Passed++
	case StatusFail:
		r.Failed++
	case StatusError:
		r.Errors++
	}
}

// OK reports whether all is well.
func (r *Report) OK() bool { return r.Failed == 0 && r.Errors == 0 && !r.Problems.HasErrors() }

// formatVersion is that of the JSON.
const formatVersion = "1.0"

type jsonResult struct {
	Name    string             `json:"name"`
	File    string             `json:"file"`
	Line    int                `json:"line"`
	Status  Status             `json:"status"`
	Seconds float64            `json:"seconds"`
	Lasted  float64            `json:"store_seconds"`
	Found   storefile.Problems `json:"problems"`
	Story   []Line             `json:"story,omitempty"`
}

type jsonReport struct {
	FormatVersion string             `json:"format_version"`
	Status        Status             `json:"status"`
	Passed        int                `json:"passed"`
	Failed        int                `json:"failed"`
	Errors        int                `json:"errors"`
	Skipped       int                `json:"skipped"`
	Runs          []jsonResult       `json:"runs"`
	Problems      storefile.Problems `json:"problems"`
}

// MarshalJSON writes one object. The problems of each run are in the shape of
// aisle validate --json; the story is that of runs that did not pass.
func (r *Report) MarshalJSON() ([]byte, error) {
	out := jsonReport{FormatVersion: formatVersion, Status: StatusPass, Passed: r.Passed, Failed: r.Failed, Errors: r.Errors, Skipped: r.Skipped, Runs: []jsonResult{}, Problems: r.Problems}
	switch {
	case r.Errors > 0 || r.Problems.HasErrors():
		out.Status = StatusError
	case r.Failed > 0:
		out.Status = StatusFail
	}
	for i := range r.Results {
		x := &r.Results[i]
		j := jsonResult{Name: x.Name, File: x.File, Line: x.Place.Line, Status: x.Status, Seconds: x.Took.Seconds(), Lasted: x.Lasted.Seconds(), Found: x.Problems}
		if x.Status != StatusPass {
			j.Story = x.Story
		}
		out.Runs = append(out.Runs, j)
	}
	return json.Marshal(out)
}
