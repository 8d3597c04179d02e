package stripetest

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Limits of metadata (docs.stripe.com/api/metadata).
const (
	maxMetadata      = 50
	maxMetadataKey   = 40
	maxMetadataValue = 500
)

// params are form-encoded parameters under their flat names, as in metadata[order].
type params url.Values

func (p params) encode() string { return url.Values(p).Encode() }

func (p params) has(name string) bool { return len(p[name]) > 0 }

func (p params) str(name string) string { return url.Values(p).Get(name) }

func (p params) yes(name string) bool { return p.str(name) == "true" }

// whole reads an integer; found is false where there is none.
func (p params) whole(name string) (n int64, found bool, f *failure) {
	if !p.has(name) {
		return 0, false, nil
	}
	n, err := strconv.ParseInt(p.str(name), 10, 64)
	if err != nil {
		return 0, false, invalid(name, "parameter_invalid_integer", "Invalid integer: %s", p.str(name))
	}
	return n, true, nil
}

// positive reads an integer above zero.
func (p params) positive(name string) (n int64, found bool, f *failure) {
	n, found, f = p.whole(name)
	if f == nil && found && n < 1 {
		return 0, false, invalid(name, "parameter_invalid_integer", "This value must be greater than or equal to 1.")
	}
	return n, found, f
}

// list reads name[], name[0], name[1] and so on.
func (p params) list(name string) []string {
	out := slices.Clone(p[name+"[]"])
	for i := 0; p.has(name + "[" + strconv.Itoa(i) + "]"); i++ {
		out = append(out, p.str(name+"["+strconv.Itoa(i)+"]"))
	}
	return out
}

// only refuses parameters that stripetest would ignore. Known are whole names, or the part before the first bracket.
func (p params) only(known string) *failure {
	names := strings.Fields(known)
	for _, name := range slices.Sorted(maps.Keys(p)) {
		root, _, _ := strings.Cut(name, "[")
		if root != "expand" && !slices.Contains(names, name) && !slices.Contains(names, root) {
			return unmodelled(name, "the parameter %s here", name)
		}
	}
	return nil
}

// metadata lays the metadata parameters over old: an empty value deletes.
func (p params) metadata(old map[string]string) (map[string]string, *failure) {
	out := maps.Clone(old)
	if out == nil || (p.has("metadata") && p.str("metadata") == "") {
		out = map[string]string{}
	}
	for name, values := range p {
		rest, ok := strings.CutPrefix(name, "metadata[")
		key, closed := strings.CutSuffix(rest, "]")
		if !ok || !closed {
			continue
		}
		switch value := values[0]; {
		case len(key) > maxMetadataKey:
			return nil, invalid("metadata", "", "Metadata keys may be at most %d characters; %q has %d.", maxMetadataKey, key, len(key))
		case len(value) > maxMetadataValue:
			return nil, invalid(name, "", "Metadata values may be at most %d characters; this one has %d.", maxMetadataValue, len(value))
		case value == "":
			delete(out, key)
		default:
			out[key] = value
		}
	}
	if len(out) > maxMetadata {
		return nil, invalid("metadata", "", "There may be at most %d metadata keys; there would be %d.", maxMetadata, len(out))
	}
	return out, nil
}
