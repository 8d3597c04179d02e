package metrics

import (
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"go.uber.org/goleak"

	"github.com/openaisle/aisle/framework/control"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// full is a state in which every metric has a value.
func full() control.State {
	until := time.Unix(1_800_000_000, 0)
	return control.State{
		Agents: []control.Agent{{Name: "back", Since: time.Unix(100, 0), Expires: &until, HostExpires: &until, OffsetNS: 2_000_000}},
		Store:  "corner", Engine: control.Engine{Head: 9, Written: 7, Sessions: 2, Asks: 1},
		Devices: []control.Device{{
			Address: "gate.north", Class: "gate", Plugin: "nordgate", State: "degraded", Power: "online", Since: time.Unix(100, 0),
			Evidence: control.Evidence{In: 12, Delivered: 10, Refused: 1, Stale: 2, Duplicates: 3, Gaps: 4, Lost: 40, Queue: 5, OffsetNS: -1_500_000_000},
			Readings: []control.Reading{{Name: "supply_volts", Value: 3.71}, {Name: "temperature_celsius", Value: -4.5}},
			Commands: []control.Command{{
				Name: "admit", Outcomes: map[string]uint64{"done": 3, "unavailable": 1},
				BoundsNS: []int64{1_000_000, 2_000_000}, Counts: []uint64{1, 2, 1}, SumNS: 9_000_000,
			}},
		}},
		Plugins: []control.Plugin{{
			Name: "nordgate", Product: "simulated", Version: "0.1.0", State: "running", Restarts: 6, OutputDropped: 11, MemoryBytes: 13, CPUSeconds: 1.5,
			Isolation:   []control.Measure{{Name: "network", State: control.MeasureMissing}, {Name: "seccomp", State: control.MeasureEnforced}, {Name: "uid", State: control.MeasurePartly}},
			Usage:       &control.Usage{MemoryPeakBytes: 17, OOMKills: 1, Tasks: 9, TasksRefused: 2, CPUThrottled: 3},
			Connections: []control.Connection{{Address: "10.0.0.9:502", Open: 1, Accepted: 4, Refused: 5, Failed: 6, Sent: 7, Received: 8}},
		}},
	}
}

func scrape(t *testing.T, s control.State) string {
	t.Helper()
	m := New(func() control.State { return s })
	m.Appended(3 * time.Millisecond)
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// What a scrape says of a state.
func TestScrape(t *testing.T) {
	text := scrape(t, full())
	for _, want := range []string{
		`aisle_store_info{store="corner"} 1`, `aisle_store_healthy 1`, `aisle_store_entry_closed 0`, `aisle_store_sessions_open 2`,
		`aisle_engine_inputs_total 7`, `aisle_journal_head 9`, `aisle_journal_append_duration_seconds_count 1`,
		`aisle_device_state{class="gate",device="gate.north",plugin="nordgate",state="degraded"} 1`,
		`aisle_device_state{class="gate",device="gate.north",plugin="nordgate",state="ready"} 0`,
		`aisle_device_power{device="gate.north",power="online"} 1`, `aisle_device_power{device="gate.north",power="off"} 0`,
		`aisle_device_events_total{device="gate.north"} 12`, `aisle_device_events_delivered_total{device="gate.north"} 10`,
		`aisle_device_events_dropped_total{device="gate.north",reason="refused"} 1`, `aisle_device_events_dropped_total{device="gate.north",reason="stale"} 2`,
		`aisle_device_events_duplicate_total{device="gate.north"} 3`, `aisle_device_gaps_total{device="gate.north"} 4`,
		`aisle_device_events_lost_total{device="gate.north"} 40`, `aisle_device_queue{device="gate.north"} 5`,
		`aisle_device_clock_offset_seconds{device="gate.north"} -1.5`,
		`aisle_device_reading{device="gate.north",name="supply_volts"} 3.71`, `aisle_device_reading{device="gate.north",name="temperature_celsius"} -4.5`,
		`aisle_device_commands_total{command="admit",device="gate.north",outcome="unavailable"} 1`,
		`aisle_device_command_duration_seconds_bucket{command="admit",device="gate.north",le="0.002"} 3`,
		`aisle_device_command_duration_seconds_bucket{command="admit",device="gate.north",le="+Inf"} 4`,
		`aisle_device_command_duration_seconds_sum{command="admit",device="gate.north"} 0.009`,
		`aisle_plugin_info{plugin="nordgate",product="simulated",version="0.1.0"} 1`,
		`aisle_plugin_state{plugin="nordgate",state="running"} 1`, `aisle_plugin_restarts_total{plugin="nordgate"} 6`,
		`aisle_plugin_output_dropped_bytes_total{plugin="nordgate"} 11`, `aisle_plugin_memory_bytes{plugin="nordgate"} 13`,
		`aisle_plugin_cpu_seconds_total{plugin="nordgate"} 1.5`,
		`aisle_plugin_tasks{plugin="nordgate"} 9`, `aisle_plugin_memory_peak_bytes{plugin="nordgate"} 17`,
		`aisle_plugin_limits_enforced_total{limit="memory",plugin="nordgate"} 1`, `aisle_plugin_limits_enforced_total{limit="tasks",plugin="nordgate"} 2`,
		`aisle_plugin_limits_enforced_total{limit="cpu",plugin="nordgate"} 3`, `aisle_plugin_connections{address="10.0.0.9:502",plugin="nordgate"} 1`,
		`aisle_plugin_connections_total{address="10.0.0.9:502",outcome="carried",plugin="nordgate"} 4`,
		`aisle_plugin_connections_total{address="10.0.0.9:502",outcome="refused",plugin="nordgate"} 5`,
		`aisle_plugin_connections_total{address="10.0.0.9:502",outcome="failed",plugin="nordgate"} 6`,
		`aisle_plugin_connection_bytes_total{address="10.0.0.9:502",direction="sent",plugin="nordgate"} 7`,
		`aisle_plugin_connection_bytes_total{address="10.0.0.9:502",direction="received",plugin="nordgate"} 8`,
		`aisle_agent_up{agent="back"} 0`, `aisle_agent_since_seconds{agent="back"} 100`, `aisle_agent_clock_offset_seconds{agent="back"} 0.002`,
		`aisle_agent_certificate_expiry_seconds{agent="back",end="host"} 1.8e+09`,
		`aisle_plugin_isolation_missing{plugin="nordgate",state="missing"} 1`, `aisle_plugin_isolation_missing{plugin="nordgate",state="partly"} 1`,
	} {
		if !strings.Contains(text, "\n"+want+"\n") {
			t.Errorf("there is no %s", want)
		}
	}
	sick := full()
	sick.Unwell, sick.Engine.EntryClosed = "the entry is closed", "three devices"
	if text := scrape(t, sick); !strings.Contains(text, "\naisle_store_healthy 0\n") || !strings.Contains(text, "\naisle_store_entry_closed 1\n") {
		t.Error("a store whose entry is closed passes for healthy")
	}
}

// Prometheus' own linter has nothing to say, and every metric of the table has
// a value.
func TestNames(t *testing.T) {
	text := scrape(t, full())
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil || len(problems) != 0 {
		t.Errorf("problems %v, %v", problems, err)
	}
	for _, d := range all {
		if !strings.Contains(text, "\n# TYPE "+d.name+" "+d.kind+"\n"+d.name) {
			t.Errorf("%s has no value", d.name)
		}
	}
}

// The operators' documentation has the table of all metrics as it is.
func TestDocumented(t *testing.T) {
	b, err := os.ReadFile("../../tools/README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), table()) {
		t.Errorf("tools/README.md does not have this table:\n%s", table())
	}
}

// table lists all metrics as a table in Markdown.
func table() string {
	var b strings.Builder
	b.WriteString("| metric | kind | labels | what |\n|---|---|---|---|\n")
	for _, m := range all {
		labels := ""
		if len(m.labels) > 0 {
			labels = "`" + strings.Join(m.labels, " ") + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", m.name, m.kind, labels, m.help)
	}
	return b.String()
}
