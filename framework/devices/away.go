package devices

import (
	"errors"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/sdk/class"
)

var _ supervisor.Distant = (*plugin)(nil)

// Away states that the plugin's devices can't be reached. They stay open: their
// plugin keeps what they report, and the next Health says how they are.
func (p *plugin) Away(_ *supervisor.Instance, cause error) {
	for _, v := range p.live() {
		v.mu.Lock()
		epoch, open := v.view.Epoch, v.host != nil
		v.mu.Unlock()
		if open {
			v.tell(news{epoch: epoch, condition: &class.Condition{State: class.StateOffline, Cause: bound(cause.Error())}})
		}
	}
}

// away reports whether a plugin is not to be reached, and not at fault.
func away(cause error) bool {
	var a *supervisor.AwayError
	return errors.As(cause, &a)
}
