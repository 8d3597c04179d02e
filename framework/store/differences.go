package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/openaisle/aisle/hcl/storedef"
)

// differences says in which parts two definitions differ, by address or name. What
// only concerns which program each of the plugins in swapped runs does not
// count.
func differences(before, after storedef.Store, swapped []string) ([]string, error) {
	a, err := parts(before, swapped)
	if err != nil {
		return nil, err
	}
	b, err := parts(after, swapped)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, name := range union(a, b) {
		if !reflect.DeepEqual(a[name], b[name]) {
			out = append(out, name)
		}
	}
	return out, nil
}

// parts takes a definition apart: each thing in its lists under its address, its
// name or its GTIN, each other part under its own name, and each device's
// config, which is not part of the definition that is kept.
func parts(s storedef.Store, swapped []string) (map[string]any, error) {
	s.Plugins = slices.Clone(s.Plugins)
	for i := range s.Plugins {
		if p := &s.Plugins[i]; slices.Contains(swapped, p.Name) {
			p.Source, p.Version = "", ""
		}
	}
	text, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encode the definition: %w", err)
	}
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	out := map[string]any{}
	for key, v := range all {
		list, ok := v.([]any)
		if !ok {
			out[key] = v
			continue
		}
		for i, x := range list {
			name := label(key, i, x)
			if _, twice := out[name]; twice {
				name = fmt.Sprintf("%s[%d]", name, i)
			}
			out[name] = x
		}
	}
	for _, d := range s.Devices {
		if len(bytes.TrimSpace(d.Config)) > 0 {
			out[d.Address+".config"] = string(d.Config)
		}
	}
	return out, nil
}

// label names a thing of a list: the address of those that have one.
func label(list string, i int, x any) string {
	m, ok := x.(map[string]any)
	if !ok {
		return fmt.Sprintf("%s[%d]", list, i)
	}
	if address, ok := m["address"].(string); ok {
		return address
	}
	for _, key := range []string{"name", "at", "gtin"} {
		if name, ok := m[key].(string); ok && name != "" {
			return singular(list) + "." + name
		}
	}
	return fmt.Sprintf("%s[%d]", list, i)
}

// singular is the block type of a list.
func singular(list string) string {
	if list == "taxes" {
		return "tax"
	}
	return strings.TrimSuffix(list, "s")
}

func union(a, b map[string]any) []string {
	names := slices.Collect(maps.Keys(a))
	names = slices.AppendSeq(names, maps.Keys(b))
	slices.Sort(names)
	return slices.Compact(names)
}

// replaced are the plugins whose source or version is written otherwise.
func replaced(before, after storedef.Store) []string {
	var names []string
	for _, p := range after.Plugins {
		i := slices.IndexFunc(before.Plugins, func(b storedef.Plugin) bool { return b.Name == p.Name })
		if i >= 0 && (before.Plugins[i].Source != p.Source || before.Plugins[i].Version != p.Version) {
			names = append(names, p.Name)
		}
	}
	return names
}
