package term

import (
	"strings"
	"testing"

	"github.com/openaisle/aisle/framework/view"
)

func TestFailuresAlone(t *testing.T) {
	s := &view.Snapshot{Lines: 3, Log: []view.Line{
		{Text: "came in", Tone: view.TonePlain}, {Text: "gate is failed", Tone: view.ToneBad}, {Text: "perhaps", Tone: view.ToneDoubt},
	}}
	for _, failures := range []bool{false, true} {
		var b strings.Builder
		n, err := more(s, &b, 0, failures)
		if err != nil || n != 3 || !strings.Contains(b.String(), "gate is failed") || strings.Contains(b.String(), "came in") == failures {
			t.Errorf("%v: %d %v %q", failures, n, err, b.String())
		}
	}
}
