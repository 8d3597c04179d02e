package storetest

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// The elements of a JUnit report, as Jenkins, GitLab and the others read them:
// https://github.com/testmoapp/junitxml.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name      string        `xml:"name,attr"`
		ClassName string        `xml:"classname,attr"`
		File      string        `xml:"file,attr"`
		Line      int           `xml:"line,attr,omitempty"`
		Time      string        `xml:"time,attr"`
		Failure   *junitFailure `xml:"failure"`
		Error     *junitFailure `xml:"error"`
		Out       string        `xml:"system-out,omitempty"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

func seconds(d time.Duration) string { return fmt.Sprintf("%.6f", d.Seconds()) }

// JUnit writes the report for a CI system: a suite for each test file, a case for
// each run. A file that can't be read is a suite with one case in error. TextOf
// gives a run's problems as text.
func (r *Report) JUnit(w io.Writer, textOf func(*Result) string) error {
	out := junitSuites{Name: "aisle test"}
	var took time.Duration
	suites := map[string]*junitSuite{}
	var order []string
	add := func(file string, c junitCase, lasted time.Duration) {
		s := suites[file]
		if s == nil {
			s = &junitSuite{Name: file}
			suites[file] = s
			order = append(order, file)
		}
		s.Tests++
		switch {
		case c.Failure != nil:
			s.Failures++
		case c.Error != nil:
			s.Errors++
		}
		c.ClassName, c.File, c.Time = strings.TrimSuffix(file, ".storetest.hcl"), file, seconds(lasted)
		took += lasted
		s.Cases = append(s.Cases, c)
	}
	for _, p := range r.Problems {
		add(p.File, junitCase{Name: p.Code, Line: p.Line, Error: &junitFailure{Message: legible(p.Summary), Type: p.Code, Text: legible(p.String())}}, 0)
	}
	for i := range r.Results {
		x := &r.Results[i]
		c := junitCase{Name: x.Name, Line: x.Place.Line}
		if x.Status != StatusPass {
			f := &junitFailure{Message: "the run did not pass", Type: string(x.Status), Text: legible(textOf(x))}
			if len(x.Problems) > 0 {
				f.Message, f.Type = legible(x.Problems[0].Summary+": "+x.Problems[0].Detail), x.Problems[0].Code
			}
			if c.Failure = f; x.Status == StatusError {
				c.Failure, c.Error = nil, f
			}
			var story strings.Builder
			for _, l := range x.Story {
				fmt.Fprintln(&story, l)
			}
			c.Out = legible(story.String())
		}
		add(x.File, c, x.Took)
	}
	for _, file := range order {
		s := suites[file]
		var lasted time.Duration
		for i := range r.Results {
			if r.Results[i].File == file {
				lasted += r.Results[i].Took
			}
		}
		s.Time = seconds(lasted)
		out.Tests, out.Failures, out.Errors = out.Tests+s.Tests, out.Failures+s.Failures, out.Errors+s.Errors
		out.Suites = append(out.Suites, *s)
	}
	out.Time = seconds(took)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(out); err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// String is the line as a story shows it.
func (l Line) String() string {
	text := fmt.Sprintf("%9.1fs  ", l.After.Seconds())
	if l.Visit != "" {
		text += l.Visit + ": "
	}
	return text + l.Text
}

// legible leaves out what XML can't hold.
func legible(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r < ' ' && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
}
