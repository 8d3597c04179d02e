package sdk

import (
	"fmt"
	"strings"
)

// byHand is what somebody reads who started a plugin by hand: what it is, and
// how Aisle comes to start it. What is wrong with the plugin is said as well.
func byHand(p Plugin) string {
	if _, err := newServer(p, nil); err != nil {
		return fmt.Sprintf("plugin %s: %v", p.Name, err)
	}
	drivers := make([]string, 0, len(p.Drivers))
	for _, d := range p.Drivers {
		drivers = append(drivers, fmt.Sprintf("%s (%s)", d.Name, d.Class))
	}
	label, _, _ := strings.Cut(p.Name, "/")
	return fmt.Sprintf("%s %s drives %s. Aisle starts it by itself: put it into a store file: plugin %q { source = ... }",
		p.Name, p.Version, strings.Join(drivers, ", "), label)
}
