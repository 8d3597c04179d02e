package storefile

import (
	_ "embed" // the names of the zones
	"strings"

	"github.com/openaisle/aisle/hcl/internal/nearest"
)

// zoneNames are the names of the IANA time zone database that have an area and
// a place, one a line: package time can't list them.
//
//go:embed timezones.txt
var zoneNames string

// nearZone gives the time zone that was probably meant: one that is called
// nearly so, or whose place is.
func nearZone(text string) string {
	names := strings.Fields(zoneNames)
	if near := nearest.To(text, names); near != "" {
		return near
	}
	place := strings.ToLower(strings.ReplaceAll(text[strings.LastIndex(text, "/")+1:], " ", "_"))
	for _, n := range names {
		if strings.HasSuffix(strings.ToLower(n), "/"+place) {
			return n
		}
	}
	return ""
}
