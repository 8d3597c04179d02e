package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
)

// metric is one metric: what it is called, what it counts, and by what.
type metric struct {
	name   string
	kind   string
	labels []string
	help   string
	desc   *prometheus.Desc
}

const (
	counter   = "counter"
	gauge     = "gauge"
	histogram = "histogram"
)

// all are the metrics in the order of the table.
var all []*metric

func define(name, kind, help string, labels ...string) *metric {
	m := &metric{name: name, kind: kind, labels: labels, help: help, desc: prometheus.NewDesc(name, help, labels, nil)}
	all = append(all, m)
	return m
}

// The metrics.
var (
	storeInfo     = define("aisle_store_info", gauge, "1, with the store's name.", "store")
	storeHealthy  = define("aisle_store_healthy", gauge, "1 while the store runs and the entry is open, else 0.")
	entryClosed   = define("aisle_store_entry_closed", gauge, "1 while nobody is let in, else 0.")
	sessionsOpen  = define("aisle_store_sessions_open", gauge, "Visits that are not closed.")
	asksPending   = define("aisle_store_asks_pending", gauge, "Deeds asked of devices that have no answer yet.")
	quarantined   = define("aisle_engine_inputs_quarantined_total", counter, "Inputs that made the core panic and were set aside.")
	inputs        = define("aisle_engine_inputs_total", counter, "Inputs that were stepped and written to the journal.")
	journalHead   = define("aisle_journal_head", gauge, "Number of the journal's newest record.")
	journalAppend = define("aisle_journal_append_duration_seconds", histogram, "How long a group of records took to become durable.")

	deviceState      = define("aisle_device_state", gauge, "1 for the state that the device is in, 0 for the others.", "device", "class", "plugin", "state")
	devicePower      = define("aisle_device_power", gauge, "1 for the power state that the device says it is in, 0 for the others.", "device", "power")
	deviceSince      = define("aisle_device_state_since_seconds", gauge, "When the device came into its state, in Unix time.", "device")
	deviceIn         = define("aisle_device_events_total", counter, "Reports that came from the device.", "device")
	deviceDelivered  = define("aisle_device_events_delivered_total", counter, "Reports that were handed on to the journal as evidence.", "device")
	deviceDropped    = define("aisle_device_events_dropped_total", counter, "Reports that were not taken: they did not pass their check, or were of an opening that is over.", "device", "reason")
	deviceDuplicates = define("aisle_device_events_duplicate_total", counter, "Reports that came again and were known.", "device")
	deviceGaps       = define("aisle_device_gaps_total", counter, "Statements that reports were lost.", "device")
	deviceLost       = define("aisle_device_events_lost_total", counter, "Reports that were stated as lost.", "device")
	deviceOutages    = define("aisle_device_outages_total", counter, "Times, since the journal began, that a plugin or host ended and took along nobody knows how many reports.", "device")
	deviceQueue      = define("aisle_device_queue", gauge, "Reports that wait for the journal.", "device")
	deviceOffset     = define("aisle_device_clock_offset_seconds", gauge, "The device's clock minus the host's.", "device")
	deviceReading    = define("aisle_device_reading", gauge, "Newest value of what the device measures beside its evidence; the name ends in the unit.", "device", "name")
	deviceCommands   = define("aisle_device_commands_total", counter, "Commands by what came of them.", "device", "command", "outcome")
	deviceLatency    = define("aisle_device_command_duration_seconds", histogram, "How long commands took.", "device", "command")

	pluginInfo      = define("aisle_plugin_info", gauge, "1, with the plugin's version.", "plugin", "product", "version")
	pluginState     = define("aisle_plugin_state", gauge, "1 for the state that the plugin is in, 0 for the others.", "plugin", "state")
	pluginRestarts  = define("aisle_plugin_restarts_total", counter, "Restarts after a crash or a hang.", "plugin")
	pluginDropped   = define("aisle_plugin_output_dropped_bytes_total", counter, "Output over the limit.", "plugin")
	pluginMemory    = define("aisle_plugin_memory_bytes", gauge, "Resident memory of its processes.", "plugin")
	pluginCPU       = define("aisle_plugin_cpu_seconds_total", counter, "Processor time of its present process.", "plugin")
	pluginIsolation = define("aisle_plugin_isolation_missing", gauge, "Measures of isolation that do not hold, or only partly.", "plugin", "state")
	pluginPeak      = define("aisle_plugin_memory_peak_bytes", gauge, "The most memory that it had at once, by its control group.", "plugin")
	pluginTasks     = define("aisle_plugin_tasks", gauge, "Its processes and threads, by its control group.", "plugin")
	pluginEnforced  = define("aisle_plugin_limits_enforced_total", counter, "How often a limit of its control group held it: killed for memory, refused a task, made to wait for the processor.", "plugin", "limit")
	pluginConns     = define("aisle_plugin_connections", gauge, "Connections that the host carries to a granted address.", "plugin", "address")
	pluginConnsAll  = define("aisle_plugin_connections_total", counter, "Connections to a granted address by what became of them.", "plugin", "address", "outcome")
	pluginConnBytes = define("aisle_plugin_connection_bytes_total", counter, "Bytes carried to and from a granted address.", "plugin", "address", "direction")

	agentUp      = define("aisle_agent_up", gauge, "1 while the agent can be reached, else 0.", "agent")
	agentSince   = define("aisle_agent_since_seconds", gauge, "Since when it can, or can't, in Unix time.", "agent")
	agentExpires = define("aisle_agent_certificate_expiry_seconds", gauge, "When the certificate of either end of the line ends, in Unix time.", "agent", "end")
	agentOffset  = define("aisle_agent_clock_offset_seconds", gauge, "The agent's clock minus the host's.", "agent")
)
