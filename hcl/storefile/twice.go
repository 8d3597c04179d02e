package storefile

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/config"
)

// twice warns of a device whose config is word for word another's of the same driver: a
// block that was copied, and its address left. Both would report what the one device sees,
// so whoever takes one thing would be seen to take two. Devices of the simulated world are
// told apart by their names, and share its socket.
func (l *loader) twice(b *block, schema config.Schema, d *storedef.Device) {
	where := wired(schema, d.Config)
	if where == "" {
		return
	}
	key := d.Plugin + "\x00" + d.Driver + "\x00" + string(d.Config)
	other, there := l.wires[key]
	if !there {
		if l.wires == nil {
			l.wires = map[string]string{}
		}
		l.wires[key] = d.Address
		return
	}
	l.warn(b, b.at(where), "same_device", fmt.Sprintf("%s has the same config as %s", d.Address, other),
		"Both would be one device at %s, and what it reports would count twice. Write where %s is, or remove one of the two.", where, d.Address)
}

// wired names the attribute that says at which place on a network or at which node a device
// is, if its config has one.
func wired(schema config.Schema, block json.RawMessage) string {
	var has map[string]any
	if json.Unmarshal(block, &has) != nil {
		return "" // not known yet, or not right
	}
	for _, a := range schema.Attributes {
		value, _ := has[a.Name].(string)
		if a.Access == config.AccessDevice && value != "" || a.Access == config.AccessDial && value != "" && !strings.HasPrefix(value, "unix:") {
			return a.Name
		}
	}
	return ""
}
