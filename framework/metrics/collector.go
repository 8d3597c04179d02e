package metrics

import (
	"maps"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/openaisle/aisle/framework/control"
)

// collector makes metrics of a store's state.
type collector struct{ state func() control.State }

// Describe names the metrics (prometheus.Collector).
func (c *collector) Describe(to chan<- *prometheus.Desc) {
	for _, m := range all {
		if m != journalAppend {
			to <- m.desc
		}
	}
}

// Collect gives them (prometheus.Collector).
func (c *collector) Collect(to chan<- prometheus.Metric) {
	s := c.state()
	o := out{to}
	o.set(storeInfo, 1, s.Store)
	o.set(storeHealthy, truth(s.Unwell == ""))
	o.set(entryClosed, truth(s.Engine.EntryClosed != ""))
	o.set(sessionsOpen, float64(s.Engine.Sessions))
	o.set(asksPending, float64(s.Engine.Asks))
	o.set(quarantined, float64(s.Engine.Quarantined))
	o.set(inputs, float64(s.Engine.Written))
	o.set(journalHead, float64(s.Engine.Head))
	for i := range s.Devices {
		o.device(&s.Devices[i])
	}
	for i := range s.Plugins {
		o.plugin(&s.Plugins[i])
	}
	for i := range s.Agents {
		o.agent(&s.Agents[i])
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

type out struct{ to chan<- prometheus.Metric }

func (o out) set(m *metric, v float64, labels ...string) {
	kind := prometheus.GaugeValue
	if m.kind == counter {
		kind = prometheus.CounterValue
	}
	o.to <- prometheus.MustNewConstMetric(m.desc, kind, v, labels...)
}

// oneOf sets 1 for the state that holds and 0 for the others.
func (o out) oneOf(m *metric, states []string, now string, labels ...string) {
	for _, s := range states {
		o.set(m, truth(s == now), append(slices.Clone(labels), s)...)
	}
}

func (o out) device(d *control.Device) {
	o.oneOf(deviceState, control.DeviceStates(), d.State, d.Address, d.Class, d.Plugin)
	o.oneOf(devicePower, control.PowerStates(), d.Power, d.Address)
	if !d.Since.IsZero() {
		o.set(deviceSince, float64(d.Since.UnixMilli())/1e3, d.Address)
	}
	e := d.Evidence
	o.set(deviceIn, float64(e.In), d.Address)
	o.set(deviceDelivered, float64(e.Delivered), d.Address)
	o.set(deviceDropped, float64(e.Refused), d.Address, "refused")
	o.set(deviceDropped, float64(e.Stale), d.Address, "stale")
	o.set(deviceDuplicates, float64(e.Duplicates), d.Address)
	o.set(deviceGaps, float64(e.Gaps), d.Address)
	o.set(deviceLost, float64(e.Lost), d.Address)
	o.set(deviceOutages, float64(e.Outages), d.Address)
	o.set(deviceQueue, float64(e.Queue), d.Address)
	o.set(deviceOffset, time.Duration(e.OffsetNS).Seconds(), d.Address)
	for _, r := range d.Readings {
		o.set(deviceReading, r.Value, d.Address, r.Name)
	}
	for _, c := range d.Commands {
		for _, outcome := range slices.Sorted(maps.Keys(c.Outcomes)) {
			o.set(deviceCommands, float64(c.Outcomes[outcome]), d.Address, c.Name, outcome)
		}
		o.latency(d.Address, c)
	}
}

// latency turns counts a bucket into the cumulative ones that Prometheus wants.
func (o out) latency(device string, c control.Command) {
	buckets := map[float64]uint64{}
	var sum uint64
	for i, n := range c.Counts {
		sum += n
		if i < len(c.BoundsNS) {
			buckets[time.Duration(c.BoundsNS[i]).Seconds()] = sum
		}
	}
	o.to <- prometheus.MustNewConstHistogram(deviceLatency.desc, sum, time.Duration(c.SumNS).Seconds(), buckets, device, c.Name)
}

func (o out) plugin(p *control.Plugin) {
	o.set(pluginInfo, 1, p.Name, p.Product, p.Version)
	o.oneOf(pluginState, control.PluginStates(), p.State, p.Name)
	o.set(pluginRestarts, float64(p.Restarts), p.Name)
	o.set(pluginDropped, float64(p.OutputDropped), p.Name)
	o.set(pluginMemory, float64(p.MemoryBytes), p.Name)
	o.set(pluginCPU, p.CPUSeconds, p.Name)
	missing := map[string]int{control.MeasureMissing: 0, control.MeasurePartly: 0}
	for _, m := range p.Gaps() {
		missing[m.State]++
	}
	for _, state := range slices.Sorted(maps.Keys(missing)) {
		o.set(pluginIsolation, float64(missing[state]), p.Name, state)
	}
	if u := p.Usage; u != nil {
		o.set(pluginPeak, float64(u.MemoryPeakBytes), p.Name)
		o.set(pluginTasks, float64(u.Tasks), p.Name)
		o.set(pluginEnforced, float64(u.OOMKills), p.Name, "memory")
		o.set(pluginEnforced, float64(u.TasksRefused), p.Name, "tasks")
		o.set(pluginEnforced, float64(u.CPUThrottled), p.Name, "cpu")
	}
	for _, c := range p.Connections {
		o.set(pluginConns, float64(c.Open), p.Name, c.Address)
		o.set(pluginConnsAll, float64(c.Accepted), p.Name, c.Address, "carried")
		o.set(pluginConnsAll, float64(c.Refused), p.Name, c.Address, "refused")
		o.set(pluginConnsAll, float64(c.Failed), p.Name, c.Address, "failed")
		o.set(pluginConnBytes, float64(c.Sent), p.Name, c.Address, "sent")
		o.set(pluginConnBytes, float64(c.Received), p.Name, c.Address, "received")
	}
}

func (o out) agent(a *control.Agent) {
	o.set(agentUp, truth(a.Up), a.Name)
	o.set(agentSince, float64(a.Since.UnixMilli())/1e3, a.Name)
	o.set(agentOffset, time.Duration(a.OffsetNS).Seconds(), a.Name)
	if a.Expires != nil {
		o.set(agentExpires, float64(a.Expires.Unix()), a.Name, "agent")
	}
	if a.HostExpires != nil {
		o.set(agentExpires, float64(a.HostExpires.Unix()), a.Name, "host")
	}
}
