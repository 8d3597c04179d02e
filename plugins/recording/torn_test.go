package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
)

// A recording that is not whole is one error with file and line, at open.
func TestTornRecordings(t *testing.T) {
	p := started(t)
	shelf := map[string]any{"column": "a"}
	lane := map[string]any{"antenna": []any{map[string]any{"id": 1, "along": 0}, map[string]any{"id": 2, "along": 4}}}
	const reads = "timestamp,antenna,rssi,epc,phase_angle,channel_index,doppler_frequency\n"
	for name, c := range map[string]struct {
		driver string
		config map[string]any
		file   string // "-" for none
		path   string
		want   string
	}{
		"fewer columns":        {"shelf", shelf, "t_ms,a,b\n0,1,2\n16,1\n33,1,2\n", "file", ", line 3: is torn"},
		"more columns":         {"shelf", shelf, "t_ms,a\n0,1\n16,1,2\n", "file", ", line 3: is torn"},
		"half a number":        {"shelf", shelf, "t_ms,a,b\n0,1,2\n16,1.,2\n", "file", `, line 3, column a: "1." is no number`},
		"no number":            {"shelf", shelf, "t_ms,a\n0,12g\n", "file", `, line 2, column a: "12g" is no number`},
		"an empty cell":        {"shelf", shelf, "t_ms,a\n0,1\n5,\n", "file", `, line 3, column a: "" is no number`},
		"not a number":         {"shelf", shelf, "t_ms,a\n0,NaN\n", "file", ", line 2, column a: "},
		"too heavy":            {"shelf", shelf, "t_ms,a\n0,1e9\n", "file", ", line 2, column a: is beyond"},
		"no line end":          {"shelf", shelf, "t_ms,a\n0,1\n16,1", "file", ", line 3: is torn: the file ends"},
		"an open quote":        {"shelf", shelf, "t_ms,a\n0,1\n\"16,1\n", "file", ", line 3: is torn"},
		"no such column":       {"shelf", map[string]any{"column": "c"}, "t_ms,a\n0,1\n", "column", `, line 1: has no column "c"; it has ["t_ms" "a"]`},
		"no such second":       {"shelf", map[string]any{"columns": []string{"a", "c"}}, "t_ms,a\n0,1\n", "columns[1]", `no column "c"`},
		"no time":              {"shelf", map[string]any{"column": "a", "time": "t"}, "t_ms,a\n0,1\n", "time", `no column "t"`},
		"no column named":      {"shelf", nil, "t_ms,a\n0,1\n", "column", "is missing"},
		"two ways of columns":  {"shelf", map[string]any{"column": "a", "columns": []string{"a"}}, "t_ms,a\n0,1\n", "columns", "takes the place"},
		"no file":              {"shelf", shelf, "-", "file", "no such file"},
		"an empty file":        {"shelf", shelf, "", "file", "is empty"},
		"empty lines":          {"shelf", shelf, "\n\n\n", "file", "nothing but empty lines"},
		"only a header":        {"shelf", shelf, "t_ms,a\n", "file", ", line 1: is the only line"},
		"binary":               {"shelf", shelf, "\x7fELF\"\x02\x01\x00\xff\xfe\n\x00\x01\n", "file", ", line 1: is no text"},
		"time stands":          {"shelf", shelf, "t_ms,a\n0,1\n16,1\n16,2\n", "file", ", line 4, column t_ms: is not later"},
		"time goes back":       {"shelf", shelf, "t_ms,a\n0,1\n16,1\n15,2\n", "file", ", line 4, column t_ms: is not later"},
		"no time of this age":  {"shelf", shelf, "t_ms,a\n1e13,1\n", "file", ", line 2, column t_ms: "},
		"a clock of nobody":    {"shelf", map[string]any{"column": "a", "clock": "http://127.0.0.1:1"}, "t_ms,a\n0,1\n", "clock", "no address of a world"},
		"lane: fewer columns":  {"lane", lane, reads + "1747162820.2,1,-68,b'3034',7,1,0\n1747162820.3,1,-6", "file", ", line 3: is torn"},
		"lane: torn line":      {"lane", lane, reads + "1747162820.2,1,-68,b'3034',7\n", "file", ", line 2: is torn"},
		"lane: half an epc":    {"lane", lane, reads + "1747162820.2,1,-68,b'303,7,1,0\n", "file", ", line 2, column epc: "},
		"lane: odd epc":        {"lane", lane, reads + "1747162820.2,1,-68,303,7,1,0\n", "file", ", line 2, column epc: "},
		"lane: no epc column":  {"lane", lane, "timestamp,antenna,rssi\n1,1,-60\n", "file", `no column "epc"`},
		"lane: no power":       {"lane", lane, reads + "1747162820.2,1,68,3034,7,1,0\n", "file", ", line 2, column rssi: "},
		"lane: odd antenna":    {"lane", lane, reads + "1747162820.2,1.5,-68,3034,7,1,0\n", "file", ", line 2, column antenna: "},
		"lane: nobody's reads": {"lane", lane, reads + "1747162820.2,3,-68,3034,7,1,0\n", "file", "no read by an antenna"},
		"lane: one place": {"lane", map[string]any{"antenna": []any{map[string]any{"id": 1, "along": 0}, map[string]any{"id": 2, "along": 0}}},
			reads + "1747162820.2,1,-68,3034,7,1,0\n", "antenna", ""},
		"lane: one antenna twice": {"lane", map[string]any{"antenna": []any{map[string]any{"id": 1, "along": 0}, map[string]any{"id": 1, "along": 4}}},
			reads + "1747162820.2,1,-68,3034,7,1,0\n", "antenna", "there twice"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "r.csv")
			if c.file != "-" {
				if err := os.WriteFile(file, []byte(c.file), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			config := map[string]any{"file": file}
			for k, v := range c.config {
				config[k] = v
			}
			_, err := p.Open(t.Context(), opening(t, c.driver, 1, config))
			if fault.CodeOf(err) != fault.Invalid || fault.PathOf(err) != c.path || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v (code %v, path %q), want invalid at %q with %q", err, fault.CodeOf(err), fault.PathOf(err), c.path, c.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %v", err)
			}
		})
	}
}

func TestRelativePathIsRefused(t *testing.T) {
	_, err := started(t).Open(t.Context(), opening(t, "shelf", 1, map[string]any{"file": "main.go", "column": "a"}))
	if fault.CodeOf(err) != fault.Invalid || fault.PathOf(err) != "file" {
		t.Errorf("%v", err)
	}
}

func opening(t testing.TB, driver string, handle uint32, config map[string]any) host.OpenRequest {
	t.Helper()
	doc, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	return host.OpenRequest{Handle: handle, Epoch: 1, Driver: driver, Address: "device.under_test", Config: doc}
}
