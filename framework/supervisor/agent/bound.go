package agent

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/openaisle/aisle/framework/supervisor/sandbox"
)

// bound makes words of the other end fit to be shown: one line of bounded
// length.
func bound(s string) string {
	if len(s) > maxText {
		s = s[:maxText] + "..."
	}
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))), " ")
}

func boundAll(lines []string) []string {
	var all []string
	for _, l := range lines[:min(len(lines), maxLines)] {
		all = append(all, bound(l))
	}
	return all
}

// maxMeasures bounds a report of isolation.
const maxMeasures = 64

// boundReport reads what the other end says that it enforces. A report that
// can't be read is none.
func boundReport(b []byte) sandbox.Report {
	var all sandbox.Report
	if json.Unmarshal(b, &all) != nil {
		return nil
	}
	all = all[:min(len(all), maxMeasures)]
	for i, m := range all {
		all[i] = sandbox.Measure{Name: bound(m.Name), State: sandbox.State(bound(string(m.State))), By: bound(m.By), Why: bound(m.Why)}
	}
	return all
}
