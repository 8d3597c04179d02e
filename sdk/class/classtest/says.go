package classtest

import (
	"strings"
	"time"

	"github.com/openaisle/aisle/sdk/class"
)

// sayWithin is how long what a device is to say of itself is waited for, on a machine
// that has other things to do.
const sayWithin = time.Minute

// Becomes waits until the device is in a state, for a reason that has a text in it.
func (r *Rig) Becomes(state class.State, cause string) {
	r.t.Helper()
	r.says(cause, func(s class.State) bool { return s == state })
}

// Says waits until the device gives a reason that has a text in it, whatever its state
// is.
func (r *Rig) Says(cause string) {
	r.t.Helper()
	r.says(cause, func(class.State) bool { return true })
}

func (r *Rig) says(cause string, in func(class.State) bool) {
	r.t.Helper()
	said := ""
	for end := time.Now().Add(sayWithin); time.Now().Before(end); time.Sleep(lookEvery) {
		all, err := r.Plugin.Health(r.t.Context())
		if err != nil {
			r.t.Fatalf("it never said %q, but%s: %v", cause, said, err)
		}
		for _, h := range all {
			if in(h.State) && strings.Contains(h.Cause, cause) {
				return
			}
			if s := h.State.String() + " " + h.Cause; !strings.Contains(said, s) {
				said += "\n" + s
			}
		}
	}
	r.t.Fatalf("it never said %q, but%s", cause, said)
}
