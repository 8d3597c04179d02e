package storefile

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/config"
)

// twice warns of a device whose config names the same device as another's of the same driver: a
// block that was copied, and its address left. Both would report what the one device sees,
// so whoever takes one thing would be seen to take two. Devices of the simulated world are
// told apart by their names, and share its socket.
func (l *loader) twice(b *block, schema config.Schema, d *storedef.Device) {
	where := wired(schema, d.Config)
	if where == "" {
		return
	}
	key := d.Plugin + "\x00" + d.Driver + "\x00" + identity(schema, d.Config)
	other, there := l.wires[key]
	if !there {
		if l.wires == nil {
			l.wires = map[string]string{}
		}
		l.wires[key] = d.Address
		return
	}
	l.warn(b, b.at(where), "same_device", fmt.Sprintf("%s is the same device as %s", d.Address, other),
		"Both would be one device at %s, and what it reports would count twice. Write where %s is, or remove one of the two.", where, d.Address)
}

// identity is a config without its times and masses. Those say how a device is worked with and
// not which one it is: a copy whose timeout was changed is a copy.
func identity(schema config.Schema, block json.RawMessage) string {
	var has map[string]any
	if json.Unmarshal(block, &has) != nil {
		return string(block)
	}
	names(schema, has)
	b, err := json.Marshal(has)
	if err != nil {
		return string(block)
	}
	return string(b)
}

// names leaves of a block's values what may name a device.
func names(schema config.Schema, has map[string]any) {
	for _, a := range schema.Attributes {
		if a.Type == config.TypeDuration || a.Type == config.TypeMass {
			delete(has, a.Name)
		}
	}
	for _, b := range schema.Blocks {
		switch v := has[b.Name].(type) {
		case map[string]any:
			names(b.Schema, v)
		case []any:
			for _, one := range v {
				if inner, ok := one.(map[string]any); ok {
					names(b.Schema, inner)
				}
			}
		}
	}
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
		if (a.Access == config.AccessDevice || a.Access == config.AccessUSB) && value != "" || a.Access == config.AccessDial && value != "" && !strings.HasPrefix(value, "unix:") {
			return a.Name
		}
	}
	return ""
}
